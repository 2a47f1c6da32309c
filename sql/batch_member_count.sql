SELECT count(*) FROM smelt.abandoned_request WHERE batch_id = $1
