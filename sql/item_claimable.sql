SELECT count(*) FROM smelt.item
 WHERE pipeline_id = $1 AND task_id = $2 AND rung = 0 AND claimable AND (NOT $3 OR not_before <= now())
