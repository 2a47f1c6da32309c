SELECT format('task %s: %s items are %s%s, but the counts say %s', task_id, coalesce(counted.items, 0),
              smelt.item_status_name(status), CASE WHEN claimable THEN ' and claimable' ELSE '' END, coalesce(kept.items, 0))
  FROM (SELECT pipeline_id, task_id, status, claimable, count(*) AS items FROM smelt.item GROUP BY 1, 2, 3, 4) AS counted
  FULL JOIN smelt.item_counts AS kept USING (pipeline_id, task_id, status, claimable)
 WHERE coalesce(counted.items, 0) <> coalesce(kept.items, 0)
 ORDER BY task_id, status
 LIMIT 20
