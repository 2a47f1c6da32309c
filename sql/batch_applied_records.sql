SELECT record_id FROM smelt.attempt WHERE pipeline_id = $1 AND batch_id = $2 AND outcome <> 7 ORDER BY record_id
