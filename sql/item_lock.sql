SELECT FROM smelt.item
 WHERE pipeline_id = $1 AND task_id = $2 AND record_id = ANY ($4::bigint[]) AND batch_id = $3 AND status = 1
 ORDER BY record_id FOR UPDATE
