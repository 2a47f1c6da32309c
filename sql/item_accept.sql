-- An item whose record changed while the answer was on its way keeps the answer as an attempt and waits again.
UPDATE smelt.item
   SET status = CASE WHEN stale THEN 0 ELSE 2 END,
       claimable = stale,
       batch_id = CASE WHEN stale THEN NULL ELSE batch_id END,
       accepted_batch_id = CASE WHEN stale THEN accepted_batch_id ELSE $3 END,
       attempts = CASE WHEN stale THEN 0 ELSE attempts END,
       deliveries = CASE WHEN stale THEN 0 ELSE deliveries END,
       stale = false
 WHERE pipeline_id = $1 AND task_id = $2 AND record_id = ANY ($4::bigint[]) AND batch_id = $3 AND status = 1
