SELECT record_id FROM smelt.item
 WHERE pipeline_id = $1 AND task_id = $2 AND rung = 0 AND claimable AND not_before <= now()
 ORDER BY random() LIMIT $3
