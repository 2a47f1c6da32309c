UPDATE smelt.item AS i
   SET status = 0, claimable = true, batch_id = NULL, attempts = 0, deliveries = 0, not_before = '-infinity'
  FROM smelt.task AS t, smelt.batch AS b, smelt.record AS r, smelt.attempt AS a
 WHERE i.pipeline_id = $1 AND ($2::int IS NULL OR i.task_id = $2) AND i.status = 2
   AND t.id = i.task_id AND b.id = i.accepted_batch_id
   AND r.pipeline_id = i.pipeline_id AND r.id = i.record_id
   AND a.pipeline_id = i.pipeline_id AND a.batch_id = i.accepted_batch_id AND a.record_id = i.record_id
   AND (b.task_version_id <> t.current_version_id OR r.changed_at > a.applied_at)
