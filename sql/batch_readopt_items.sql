UPDATE smelt.item AS i
   SET status = 1, claimable = false, batch_id = b.id
  FROM smelt.batch AS b, smelt.abandoned_request AS a
 WHERE b.id = $1 AND a.batch_id = b.id
   AND i.pipeline_id = b.pipeline_id AND i.task_id = b.task_id AND i.record_id = a.record_id AND i.claimable
