SELECT count(*) FROM smelt.item WHERE pipeline_id = $1 AND task_id = $2 AND record_id = ANY ($3::bigint[]) AND status = 1
