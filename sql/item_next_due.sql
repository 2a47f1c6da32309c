-- Milliseconds until something may be claimed; null when nothing waits. Where nothing is left the counts say so, without
-- a look at what others have claimed since; the order makes the planner read the index and not the table.
SELECT CASE WHEN NOT EXISTS (SELECT FROM smelt.item_counts
                              WHERE pipeline_id = $1 AND task_id = $2 AND claimable AND items > 0)
            THEN NULL
            WHEN (SELECT true FROM smelt.item
                   WHERE pipeline_id = $1 AND task_id = $2 AND rung = 0 AND claimable AND not_before <= now()
                   ORDER BY priority, not_before, record_id LIMIT 1)
            THEN 0
            ELSE (SELECT ceil(extract(epoch FROM greatest(min(not_before), now()) - now()) * 1000)::bigint
                    FROM smelt.item WHERE pipeline_id = $1 AND task_id = $2 AND rung = 0 AND claimable
                  HAVING min(not_before) IS NOT NULL)
       END
