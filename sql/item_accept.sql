UPDATE smelt.item
   SET status = 2, accepted_batch_id = $3, rendered_hash = NULL
 WHERE pipeline_id = $1 AND task_id = $2 AND record_id = ANY ($4::bigint[]) AND batch_id = $3 AND status = 1 AND NOT stale
