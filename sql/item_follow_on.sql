INSERT INTO smelt.item AS i (pipeline_id, task_id, record_id, priority, status, claimable, skip_reason)
SELECT $1, $2, f.record_id, $5, CASE WHEN f.skip IS NULL THEN 0 ELSE 5 END, f.skip IS NULL, f.skip
  FROM unnest($3::bigint[], $4::text[]) AS f (record_id, skip)
  JOIN smelt.item AS n ON n.pipeline_id = $1 AND n.task_id = $6 AND n.record_id = f.record_id AND n.status = 2
ON CONFLICT (pipeline_id, task_id, record_id) DO UPDATE
   SET stale = i.status = 1,
       status = CASE WHEN i.status = 1 THEN i.status ELSE excluded.status END,
       claimable = i.status <> 1 AND excluded.claimable,
       batch_id = CASE WHEN i.status = 1 THEN i.batch_id END,
       skip_reason = excluded.skip_reason, attempts = 0, deliveries = 0, not_before = '-infinity'
