UPDATE smelt.item AS i
   SET status = 0, claimable = true, batch_id = NULL, attempts = 0, deliveries = 0, not_before = '-infinity'
 WHERE i.pipeline_id = $1 AND ($2::int IS NULL OR i.task_id = $2)
   AND (i.status = 4 OR (i.status = 3 AND NOT i.claimable))
   AND ($3 = '' OR i.record_id = (SELECT r.id FROM smelt.record AS r WHERE r.pipeline_id = $1 AND r.key = $3))
