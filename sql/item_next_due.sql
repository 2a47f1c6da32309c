-- Milliseconds until something may be claimed; null when nothing waits. The first branch is one index probe.
SELECT CASE WHEN EXISTS (SELECT FROM smelt.item
                          WHERE pipeline_id = $1 AND task_id = $2 AND rung = 0 AND claimable AND not_before <= now())
            THEN 0
            ELSE (SELECT CASE WHEN min(not_before) IS NOT NULL
                              THEN ceil(extract(epoch FROM greatest(min(not_before), now()) - now()) * 1000)::bigint END
                    FROM smelt.item WHERE pipeline_id = $1 AND task_id = $2 AND rung = 0 AND claimable)
       END
