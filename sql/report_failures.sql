SELECT f.task, f.key, f.status, f.cause, f.message, f.findings, f.attempts, f.deliveries, f.batch_id, f.applied_at,
       extract(epoch FROM clock_timestamp() - f.applied_at)::float8 AS applied_ago,
       f.source_file, f.source_line, encode(a.raw, 'hex') AS raw, a.output, 1 AS items
  FROM (SELECT * FROM smelt.failures WHERE pipeline_id = $1 ORDER BY task_id, record_id LIMIT $2) AS f
  LEFT JOIN smelt.attempt AS a ON a.pipeline_id = f.pipeline_id AND a.batch_id = f.batch_id AND a.record_id = f.record_id
 ORDER BY f.task_id, f.record_id
