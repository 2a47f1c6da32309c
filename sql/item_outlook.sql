-- Of the tasks that the file still names: nothing is sent for the others.
SELECT (SELECT count(*) FROM smelt.batch WHERE pipeline_id = $1 AND state < 5),
       coalesce(sum(items) FILTER (WHERE claimable), 0)::bigint,
       coalesce(sum(items) FILTER (WHERE status = 4 OR (status = 3 AND NOT claimable)), 0)::bigint
  FROM smelt.item_counts AS c
  JOIN smelt.task AS t ON t.id = c.task_id AND t.active
 WHERE c.pipeline_id = $1
