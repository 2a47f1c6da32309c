-- What people look at.

-- name: report_answers(pipeline_id, rejected_only, cause, key, most)
-- Newest first, by the primary key. Requests are not stored; what they are made of is.
SELECT t.name AS task, r.key, smelt.outcome_name(a.outcome) AS outcome, smelt.cause_name(a.cause) AS cause,
       coalesce(a.message, (SELECT string_agg(f.value ->> 'message', E'\n') FROM jsonb_array_elements(a.findings) AS f)) AS message,
       a.findings, a.score, a.batch_id, a.applied_at, extract(epoch FROM clock_timestamp() - a.applied_at)::float8 AS applied_ago,
       coalesce(a.model, b.model) AS model, encode(a.raw, 'hex') AS raw, a.output, b.task_version_id, smelt.batch_kind_name(b.kind) AS made_by,
       r.changed_at > b.created_at AS record_changed,
       smelt.template_values(r.fields, n.tasks, r.evidence) AS fields
  FROM (SELECT * FROM smelt.attempt
         WHERE pipeline_id = :pipeline_id AND (NOT :rejected_only::boolean OR outcome IN (:rejected, :errored))
         AND (:cause = '' OR smelt.cause_name(cause) = :cause)
           AND (:key = '' OR record_id = (SELECT id FROM smelt.record WHERE pipeline_id = :pipeline_id AND key = :key))
         ORDER BY batch_id DESC, record_id LIMIT :most) AS a
  JOIN smelt.batch AS b ON b.id = a.batch_id
  JOIN smelt.task AS t ON t.id = a.task_id
  JOIN smelt.record AS r ON r.pipeline_id = a.pipeline_id AND r.id = a.record_id
  LEFT JOIN LATERAL (
       SELECT jsonb_object_agg(nt.name, na.output) AS tasks
         FROM jsonb_each_text(a.built_from) AS f (task, batch)
         JOIN smelt.task AS nt ON nt.id = f.task::int
         JOIN smelt.attempt AS na ON na.pipeline_id = :pipeline_id AND na.batch_id = f.batch::int AND na.record_id = a.record_id) AS n ON true
 ORDER BY a.batch_id DESC, a.record_id

-- name: report_batch_place(batch_id)
SELECT b.id, p.name AS pipeline, smelt.batch_state_name(b.state) AS state
  FROM smelt.batch AS b
  JOIN smelt.pipeline AS p ON p.id = b.pipeline_id
 WHERE b.id = :batch_id

-- name: report_batch_of_remote_id(remote_id)
-- Ids are given by each account by itself, so two may be alike.
SELECT id FROM smelt.batch WHERE remote_id = :remote_id ORDER BY id

-- name: report_batches(pipeline, open_only, only)
-- only: the number of the one that is asked for; 0: all.
SELECT id, pipeline, task, state, remote_status, remote_id, nonce, model, name, claimed, sent, accepted, rejected, errored,
       expired, cancelled, missing, not_run, waiting, remote_total, remote_completed, remote_failed,
       created_at, submitted_at, last_checked_at, ended_at, closed_at, cancel_requested_at,
       extract(epoch FROM clock_timestamp() - created_at)::float8 AS created_ago,
       extract(epoch FROM clock_timestamp() - submitted_at)::float8 AS submitted_ago,
       extract(epoch FROM clock_timestamp() - last_checked_at)::float8 AS last_checked_ago,
       extract(epoch FROM clock_timestamp() - ended_at)::float8 AS ended_ago,
       extract(epoch FROM clock_timestamp() - closed_at)::float8 AS closed_ago,
       extract(epoch FROM clock_timestamp() - cancel_requested_at)::float8 AS cancel_requested_ago,
       cost_usd, unpriced, reserved_usd, input_tokens, cached_tokens, output_tokens, reasoning_tokens, provider, base_url, version, orphaned, rung, error
  FROM smelt.batches
 WHERE (:only::int = 0 OR id = :only::int) AND (:pipeline = '' OR pipeline = :pipeline) AND (NOT :open_only::boolean OR state NOT IN ('closed', 'abandoned'))
 ORDER BY id

-- name: report_export(pipeline_id, tasks, records, with_raw)
-- Some records with their items, in the order of loading and of the tasks; fields stand in a record's first row only. An answer stays in
-- the export, superseded, while its item is asked again.
SELECT r.id AS record_id, r.key, CASE WHEN t.id = (:tasks::int[])[1] THEN r.fields END AS fields, f.path AS source_file, r.line AS source_line,
       i.task_id, smelt.item_status_name(i.status) AS status,
       CASE WHEN i.status <> :extracted THEN smelt.why_unanswered(i) END AS reason,
       a.output, a.score, i.review = :review_wanted AS needs_review,
       a.batch_id IS NOT NULL AND (i.status <> :extracted OR i.review = :review_overtaken OR b.task_version_id <> t.current_version_id
                                   OR (t.needs <> '{}' AND smelt.needs_superseded(i.pipeline_id, i.record_id, t.ancestors))) AS superseded,
       (SELECT string_agg(concat_ws(': ', x.value ->> 'rule', x.value ->> 'message'), '; ')
          FROM jsonb_array_elements(a.findings) AS x) AS warning_text,
       coalesce(a.model, b.model) AS model,
       CASE WHEN r.copy_of IS NULL THEN a.input_tokens ELSE 0 END AS input_tokens,
       CASE WHEN r.copy_of IS NULL THEN a.cached_tokens ELSE 0 END AS cached_tokens,
       CASE WHEN r.copy_of IS NULL THEN a.output_tokens ELSE 0 END AS output_tokens,
       CASE WHEN r.copy_of IS NULL THEN a.reasoning_tokens ELSE 0 END AS reasoning_tokens,
       CASE WHEN r.copy_of IS NULL THEN trim_scale(round(a.cost_picousd / 1e12, 12)) ELSE 0 END AS cost_usd,
       a.batch_id, b.remote_id, to_char(a.applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS extracted_at, v.hash AS version,
       CASE WHEN :with_raw::boolean THEN encode(a.raw, 'hex') END AS raw, CASE WHEN :with_raw::boolean THEN encode(a.line, 'hex') END AS line
  FROM smelt.record AS r
  JOIN smelt.item AS i ON i.pipeline_id = :pipeline_id AND i.record_id = coalesce(r.copy_of, r.id) AND i.task_id = ANY (:tasks::int[])
  JOIN smelt.task AS t ON t.id = i.task_id
  LEFT JOIN smelt.source_file AS f ON f.id = r.source_file_id
  LEFT JOIN smelt.attempt AS a ON a.pipeline_id = :pipeline_id AND a.batch_id = i.accepted_batch_id AND a.record_id = i.record_id
  LEFT JOIN smelt.batch AS b ON b.id = i.accepted_batch_id
  LEFT JOIN smelt.task_version AS v ON v.id = b.task_version_id
 WHERE r.pipeline_id = :pipeline_id AND r.id = ANY (:records::bigint[])
 ORDER BY r.id, array_position(:tasks::int[], t.id)

-- The subqueries of the next two have a LIMIT so that they are asked for each record: as EXISTS the planner reads all items for each page.

-- name: report_export_keys(pipeline_id, tasks, all_records, keys)
SELECT r.id
  FROM smelt.record AS r
 WHERE r.pipeline_id = :pipeline_id AND r.key = ANY (:keys::text[])
   AND (:all_records::boolean OR (SELECT true FROM smelt.item AS i
                                   WHERE i.pipeline_id = :pipeline_id AND i.task_id = ANY (:tasks::int[]) AND i.record_id = coalesce(r.copy_of, r.id)
                                     AND i.accepted_batch_id IS NOT NULL LIMIT 1))
 ORDER BY r.id

-- name: report_export_records(pipeline_id, tasks, all_records, after_record, most)
SELECT r.id
  FROM smelt.record AS r
 WHERE r.pipeline_id = :pipeline_id AND r.id > :after_record
   AND (:all_records::boolean OR (SELECT true FROM smelt.item AS i
                                   WHERE i.pipeline_id = :pipeline_id AND i.task_id = ANY (:tasks::int[]) AND i.record_id = coalesce(r.copy_of, r.id)
                                     AND i.accepted_batch_id IS NOT NULL LIMIT 1))
 ORDER BY r.id
 LIMIT :most

-- name: report_failure_causes(pipeline_id)
-- One example of each cause, with how many items it stands for.
SELECT f.task, f.key, f.status, f.cause, f.message, f.findings, f.attempts, f.deliveries, f.batch_id, f.applied_at,
       extract(epoch FROM clock_timestamp() - f.applied_at)::float8 AS applied_ago,
       f.source_file, f.source_line, encode(a.raw, 'hex') AS raw, a.output, f.items
  FROM (SELECT *, count(*) OVER (PARTITION BY task_id, cause) AS items,
               row_number() OVER (PARTITION BY task_id, cause ORDER BY record_id) AS nth
          FROM smelt.failures WHERE pipeline_id = :pipeline_id) AS f
  LEFT JOIN smelt.attempt AS a ON a.pipeline_id = f.pipeline_id AND a.batch_id = f.batch_id AND a.record_id = f.record_id
 WHERE f.nth = 1
 ORDER BY f.task_id, f.items DESC, f.cause

-- name: report_failures(pipeline_id, most)
SELECT f.task, f.key, f.status, f.cause, f.message, f.findings, f.attempts, f.deliveries, f.batch_id, f.applied_at,
       extract(epoch FROM clock_timestamp() - f.applied_at)::float8 AS applied_ago,
       f.source_file, f.source_line, encode(a.raw, 'hex') AS raw, a.output, 1 AS items
  FROM (SELECT * FROM smelt.failures WHERE pipeline_id = :pipeline_id ORDER BY task_id, record_id LIMIT :most) AS f
  LEFT JOIN smelt.attempt AS a ON a.pipeline_id = f.pipeline_id AND a.batch_id = f.batch_id AND a.record_id = f.record_id
 ORDER BY f.task_id, f.record_id

-- name: report_key_field(pipeline_id, fields)
-- Whether a field holds the key, in the first records.
SELECT EXISTS (SELECT FROM unnest(:fields::text[]) AS n (name)
                WHERE NOT EXISTS (SELECT FROM (SELECT key, fields FROM smelt.record WHERE pipeline_id = :pipeline_id ORDER BY id LIMIT 20) AS r
                                   WHERE r.fields ->> n.name IS DISTINCT FROM r.key))

-- name: report_absent_keys(pipeline_id, keys)
SELECT k.key FROM unnest(:keys::text[]) AS k (key)
 WHERE NOT EXISTS (SELECT FROM smelt.record AS r WHERE r.pipeline_id = :pipeline_id AND r.key = k.key)

-- name: report_pipelines()
SELECT name FROM smelt.pipeline ORDER BY name

-- name: report_record(pipeline_id, key)
SELECT r.fields::text AS fields, r.skip, r.evidence::text AS evidence, (SELECT o.key FROM smelt.record AS o WHERE o.pipeline_id = :pipeline_id AND o.id = r.copy_of) AS copy_of,
       f.path AS source_file, r.line AS source_line,
       r.changed_at, extract(epoch FROM clock_timestamp() - r.changed_at)::float8 AS changed_ago
  FROM smelt.record AS r
  LEFT JOIN smelt.source_file AS f ON f.id = r.source_file_id
 WHERE r.pipeline_id = :pipeline_id AND r.key = :key

-- name: report_rule_families(pipeline_id)
SELECT f.key AS family, count(*) AS records, count(*) FILTER (WHERE f.value ? 'lifted_by') AS lifted,
       count(*) FILTER (WHERE r.evidence ->> 'primary' = f.key) AS decided, sum((f.value ->> 'count')::bigint) AS hits
  FROM smelt.record AS r
 CROSS JOIN LATERAL jsonb_each(r.evidence -> 'families') AS f
 WHERE r.pipeline_id = :pipeline_id
 GROUP BY f.key
 ORDER BY f.key

-- name: report_rule_pack(pipeline_id)
SELECT count(*) FILTER (WHERE evidence IS NOT NULL) AS looked_at, count(*) FILTER (WHERE evidence IS NULL AND incomplete IS NULL) AS without_evidence,
       count(*) FILTER (WHERE evidence IS NULL AND incomplete IS NOT NULL) AS incomplete
  FROM smelt.record WHERE pipeline_id = :pipeline_id

-- name: report_record_reviews(pipeline_id, key)
SELECT v.task, v.verdict, v.reviewer, v.reason, v.batch_id, v.at AS judged_at, extract(epoch FROM clock_timestamp() - v.at)::float8 AS judged_ago, v.undone_at IS NOT NULL AS is_undone
  FROM smelt.reviews AS v
 WHERE v.pipeline_id = :pipeline_id AND v.key = :key
 ORDER BY v.id

-- name: report_record_items(pipeline_id, key)
SELECT i.task, i.status, i.stale, i.attempts, i.deliveries, i.skip_reason, i.waits_for, i.accepted_batch_id,
       i.accepted_batch_id IS NOT NULL AND coalesce((SELECT x.superseded FROM smelt.results AS x
                                                      WHERE x.pipeline_id = i.pipeline_id AND x.task_id = i.task_id
                                                        AND x.record_id = i.record_id), false) AS superseded
  FROM smelt.items AS i
  JOIN smelt.task AS t ON t.id = i.task_id
 WHERE i.pipeline_id = :pipeline_id AND i.key = :key
 ORDER BY t.position, i.task

-- name: report_now()
SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')

-- name: report_status(pipeline)
-- Counts come from the deltas and batches alone. smelt.item is only asked, by its claim index, whether all that is left waits for a
-- back-off, and then until when.
SELECT s.*, coalesce(f.problem, '') AS source_problem, o.open_requests, o.answered, o.is_counted_there, r.requests_per_second, d.due_in_s, w.review_below, w.judged, w.good
  FROM smelt.status AS s
  JOIN smelt.pipeline AS p ON p.name = s.pipeline
  JOIN smelt.task AS t ON t.pipeline_id = p.id AND t.name = s.task
  LEFT JOIN smelt.source_round AS f ON f.pipeline_id = p.id
  LEFT JOIN LATERAL (
       SELECT sum(smelt.requests_sent(b))::bigint AS open_requests,
              sum(greatest(coalesce(b.remote_completed, 0) + coalesce(b.remote_failed, 0),
                           b.accepted + b.rejected + b.errored + b.expired + b.cancelled + b.missing + b.not_run))::bigint AS answered,
              bool_and(b.remote_completed IS NOT NULL OR b.dispatched IS NOT NULL) FILTER (WHERE b.sent > 0) AS is_counted_there
         FROM smelt.batch AS b
        WHERE b.pipeline_id = p.id AND b.task_id = t.id AND b.state < :closed) AS o ON true
  LEFT JOIN LATERAL (
       SELECT sum(recent.sent)::float8
              / nullif(extract(epoch FROM max(recent.closed_at) - min(recent.submitted_at)), 0)::float8 AS requests_per_second
         FROM (SELECT b.sent, b.submitted_at, b.closed_at
                 FROM smelt.batch AS b
                WHERE b.task_id = t.id AND b.kind = :kind_provider AND b.state = :closed AND b.submitted_at IS NOT NULL AND b.sent > 0
                  AND b.closed_at > now() - interval '1 day'
                ORDER BY b.id DESC
                LIMIT 20) AS recent) AS r ON true
  LEFT JOIN LATERAL (
       SELECT CASE WHEN s.pending + s.retrying = 0
                     OR (SELECT true FROM smelt.item AS i
                          WHERE i.pipeline_id = p.id AND i.task_id = t.id AND i.claimable AND i.not_before <= now()
                          ORDER BY i.rung, i.priority, i.not_before, i.record_id LIMIT 1)
                   THEN 0
                   ELSE (SELECT extract(epoch FROM max(i.not_before) - now())
                           FROM smelt.item AS i
                          WHERE i.pipeline_id = p.id AND i.task_id = t.id AND i.claimable)
              END::float8 AS due_in_s) AS d ON true
  LEFT JOIN LATERAL (
       SELECT coalesce(g.review_below, 0)::numeric::float8 AS review_below, count(j.score) AS judged, count(j.score) FILTER (WHERE j.verdict = :verdict_accepted) AS good
         FROM (SELECT (c.definition -> 'score' ->> 'review_below')::real AS review_below
                 FROM smelt.task_version AS c WHERE c.id = t.current_version_id
                  AND EXISTS (SELECT FROM smelt.review AS v WHERE v.pipeline_id = p.id AND v.task_id = t.id)) AS g
         LEFT JOIN smelt.judged AS j ON j.pipeline_id = p.id AND j.task_id = t.id AND j.score >= coalesce(g.review_below, 0)
        GROUP BY g.review_below) AS w ON true
 WHERE :pipeline = '' OR s.pipeline = :pipeline
 ORDER BY s.pipeline, t.position, s.task
