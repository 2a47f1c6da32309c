-- The record has changed while the answer was on its way: the answer stays as an attempt, and the item starts over, or ends
-- where a filter has taken the record away.
UPDATE smelt.item AS i
   SET status = CASE WHEN r.skip IS NULL THEN 0 ELSE 5 END, claimable = r.skip IS NULL, skip_reason = r.skip,
       batch_id = NULL, stale = false, rendered_hash = NULL, attempts = 0, deliveries = 0
  FROM smelt.item AS o
  LEFT JOIN smelt.record AS r ON r.pipeline_id = o.pipeline_id AND r.id = o.record_id
 WHERE i.pipeline_id = $1 AND i.task_id = $2 AND i.record_id = ANY ($4::bigint[]) AND i.batch_id = $3 AND i.status = 1 AND i.stale
   AND o.pipeline_id = i.pipeline_id AND o.task_id = i.task_id AND o.record_id = i.record_id
