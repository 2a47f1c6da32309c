SELECT (SELECT count(*) FROM smelt.batch WHERE pipeline_id = $1 AND state < 5),
       coalesce(sum(items) FILTER (WHERE claimable), 0)::bigint,
       coalesce(sum(items) FILTER (WHERE status = 4 OR (status = 3 AND NOT claimable)), 0)::bigint
  FROM smelt.item_counts WHERE pipeline_id = $1
