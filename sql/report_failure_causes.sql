-- One example of each cause, with how many items it stands for.
SELECT f.task, f.key, f.status, f.cause, f.message, f.findings, f.attempts, f.deliveries, f.batch_id, f.applied_at,
       extract(epoch FROM clock_timestamp() - f.applied_at)::float8 AS applied_ago,
       f.source_file, f.source_line, encode(a.raw, 'hex') AS raw, a.output, f.items
  FROM (SELECT *, count(*) OVER (PARTITION BY task_id, cause) AS items,
               row_number() OVER (PARTITION BY task_id, cause ORDER BY record_id) AS nth
          FROM smelt.failures WHERE pipeline_id = $1) AS f
  LEFT JOIN smelt.attempt AS a ON a.pipeline_id = f.pipeline_id AND a.batch_id = f.batch_id AND a.record_id = f.record_id
 WHERE f.nth = 1
 ORDER BY f.task_id, f.items DESC, f.cause
