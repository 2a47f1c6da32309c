SELECT coalesce(sum(accepted + rejected + errored), 0)::bigint, count(*) FILTER (WHERE state < 5)
  FROM smelt.batch
 WHERE task_id = $1 AND task_version_id = $2
