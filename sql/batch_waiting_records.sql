SELECT record_id FROM smelt.item WHERE batch_id = $1 AND status = 1 ORDER BY record_id
