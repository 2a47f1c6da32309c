-- Newest first, by the primary key. Requests are not stored; what they are made of is.
SELECT t.name AS task, r.key, smelt.outcome_name(a.outcome) AS outcome, smelt.cause_name(a.cause) AS cause,
       coalesce(a.message, (SELECT string_agg(f.value ->> 'message', E'\n') FROM jsonb_array_elements(a.findings) AS f)) AS message,
       a.findings, a.score, a.batch_id, a.applied_at, extract(epoch FROM clock_timestamp() - a.applied_at)::float8 AS applied_ago,
       coalesce(a.model, b.model) AS model, encode(a.raw, 'hex') AS raw, a.output, b.task_version_id,
       r.changed_at > b.created_at AS record_changed,
       CASE WHEN n.output IS NULL THEN r.fields ELSE r.fields || jsonb_build_object(n.task, n.output) END AS fields
  FROM (SELECT * FROM smelt.attempt
         WHERE pipeline_id = $1 AND (NOT $2::boolean OR outcome IN (1, 2)) AND ($3 = '' OR smelt.cause_name(cause) = $3)
           AND ($4 = '' OR record_id = (SELECT id FROM smelt.record WHERE pipeline_id = $1 AND key = $4))
         ORDER BY batch_id DESC, record_id LIMIT $5) AS a
  JOIN smelt.batch AS b ON b.id = a.batch_id
  JOIN smelt.task AS t ON t.id = a.task_id
  JOIN smelt.record AS r ON r.pipeline_id = a.pipeline_id AND r.id = a.record_id
  LEFT JOIN LATERAL (
       SELECT nt.name AS task, na.output
         FROM smelt.task AS nt
         JOIN smelt.item AS ni ON ni.pipeline_id = $1 AND ni.task_id = nt.id AND ni.record_id = a.record_id
         JOIN smelt.attempt AS na ON na.pipeline_id = $1 AND na.batch_id = ni.accepted_batch_id AND na.record_id = ni.record_id
        WHERE nt.id = t.need_task_id) AS n ON true
 ORDER BY a.batch_id DESC, a.record_id
