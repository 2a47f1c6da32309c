-- How many may be claimed now, counted no further than $3.
SELECT count(*) FROM (SELECT FROM smelt.item
                       WHERE pipeline_id = $1 AND task_id = $2 AND rung = 0 AND claimable AND not_before <= now()
                       LIMIT $3) AS few
