WITH folded AS (
    DELETE FROM smelt.status_delta
     WHERE ctid = ANY (ARRAY(SELECT ctid FROM smelt.status_delta LIMIT 100000 FOR UPDATE SKIP LOCKED))
    RETURNING pipeline_id, task_id, status, claimable, items)
INSERT INTO smelt.status_base AS b (pipeline_id, task_id, status, claimable, items)
SELECT pipeline_id, task_id, status, claimable, sum(items) FROM folded GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
ON CONFLICT (pipeline_id, task_id, status, claimable) DO UPDATE SET items = b.items + excluded.items
