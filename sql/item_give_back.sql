UPDATE smelt.item
   SET status = 0, claimable = true, batch_id = NULL, stale = false
 WHERE pipeline_id = $1 AND task_id = $2 AND record_id = ANY ($4::bigint[]) AND batch_id = $3 AND status = 1
