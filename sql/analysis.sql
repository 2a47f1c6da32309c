-- What smelt report is made of. since: null for all.

-- name: analysis_scores(pipeline_id, task_id, since)
-- Of accepted answers, by tenths of the score. current: neither record nor task has changed since.
SELECT least(floor(a.score::numeric * 10), 9)::int AS tenth, count(*) AS answers, sum(a.score::numeric)::float8 AS score,
       min(a.score::numeric)::float8 AS least, max(a.score::numeric)::float8 AS most,
       count(*) FILTER (WHERE i.status = :extracted AND i.review <> :review_overtaken AND b.task_version_id = t.current_version_id
                          AND NOT (t.needs <> '{}' AND smelt.needs_superseded(i.pipeline_id, i.record_id, t.ancestors))) AS current
  FROM smelt.item AS i
  JOIN smelt.task AS t ON t.id = i.task_id
  JOIN smelt.attempt AS a ON a.pipeline_id = :pipeline_id AND a.batch_id = i.accepted_batch_id AND a.record_id = i.record_id
  JOIN smelt.batch AS b ON b.id = i.accepted_batch_id
 WHERE i.pipeline_id = :pipeline_id AND i.task_id = :task_id AND i.accepted_batch_id IS NOT NULL
   AND (:since::timestamptz IS NULL OR a.applied_at >= :since::timestamptz)
 GROUP BY 1 ORDER BY 1

-- name: analysis_field(pipeline_id, task_id, since, path)
SELECT count(*) AS values, count(DISTINCT v) AS different, count(n.number) AS numbers, min(n.number)::float8 AS least, max(n.number)::float8 AS most,
       avg(n.number)::float8 AS mean
  FROM smelt.output_values(:pipeline_id, :task_id, :path::text[], :since::timestamptz) AS v
 CROSS JOIN LATERAL (SELECT CASE jsonb_typeof(v) WHEN 'number' THEN (v #>> '{}')::numeric END AS number) AS n

-- name: analysis_values(pipeline_id, task_id, since, path, most)
-- The most frequent first.
SELECT v #>> '{}' AS value, count(*)
  FROM smelt.output_values(:pipeline_id, :task_id, :path::text[], :since::timestamptz) AS v
 GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT :most

-- name: analysis_bins(pipeline_id, task_id, since, path, least, most, bins)
SELECT least(width_bucket((v #>> '{}')::float8, :least, :most, :bins::int), :bins::int)::int AS bin, count(*)
  FROM smelt.output_values(:pipeline_id, :task_id, :path::text[], :since::timestamptz) AS v
 WHERE jsonb_typeof(v) = 'number'
 GROUP BY 1 ORDER BY 1

-- name: analysis_usage(pipeline_id, task_id, since)
-- By who was asked.
SELECT b.rung, a.provider, b.model, count(*) AS batches, sum(smelt.requests_sent(b))::bigint AS requests, sum(b.accepted)::bigint AS accepted,
       sum(b.rejected)::bigint AS rejected, sum(smelt.accounted(b) - b.accepted - b.rejected - b.not_run)::bigint AS unanswered,
       sum(b.input_tokens)::bigint AS input_tokens, sum(b.cached_tokens)::bigint AS cached_tokens, sum(b.output_tokens)::bigint AS output_tokens,
       sum(b.reasoning_tokens)::bigint AS reasoning_tokens, sum(b.cost_picousd)::bigint AS cost, sum(b.unpriced)::bigint AS unpriced
  FROM smelt.batch AS b
  JOIN smelt.account AS a ON a.id = b.account_id
 WHERE b.pipeline_id = :pipeline_id AND b.task_id = :task_id AND b.kind = :kind_provider
   AND (:since::timestamptz IS NULL OR b.created_at >= :since::timestamptz)
 GROUP BY b.rung, a.provider, b.model
HAVING sum(smelt.requests_sent(b)) > 0
 ORDER BY b.rung, a.provider, b.model

-- name: analysis_waste(pipeline_id, task_id, since)
-- Answers of models that are nobody's result, but for those of forgotten records.
SELECT count(*) FILTER (WHERE a.outcome = :rejected) AS invalid, coalesce(sum(a.cost_picousd) FILTER (WHERE a.outcome = :rejected), 0)::bigint AS invalid_cost,
       count(*) FILTER (WHERE a.outcome = :accepted) AS replaced, coalesce(sum(a.cost_picousd) FILTER (WHERE a.outcome = :accepted), 0)::bigint AS replaced_cost,
       count(*) FILTER (WHERE a.cost_picousd IS NULL) AS unpriced,
       count(*) FILTER (WHERE a.outcome NOT IN (:accepted, :rejected) AND a.cost_picousd > 0) AS failed,
       coalesce(sum(a.cost_picousd) FILTER (WHERE a.outcome NOT IN (:accepted, :rejected)), 0)::bigint AS failed_cost
  FROM smelt.attempt AS a
  JOIN smelt.batch AS b ON b.id = a.batch_id AND b.kind = :kind_provider
  LEFT JOIN smelt.item AS i ON i.pipeline_id = a.pipeline_id AND i.task_id = a.task_id AND i.record_id = a.record_id
 WHERE a.pipeline_id = :pipeline_id AND a.task_id = :task_id AND a.outcome <> :not_sent AND i.accepted_batch_id IS DISTINCT FROM a.batch_id
   AND a.emptied IS DISTINCT FROM 'f'
   AND (:since::timestamptz IS NULL OR a.applied_at >= :since::timestamptz)

-- name: analysis_lost(pipeline_id, task_id, since)
-- Requests that came to nothing: jobs that were made twice, time-outs at the provider, answers that were lost.
SELECT coalesce(sum(expired), 0)::bigint AS expired, coalesce(sum(missing), 0)::bigint AS missing, coalesce(sum(duplicate_lines), 0)::bigint AS duplicate,
       count(*) FILTER (WHERE state = :abandoned AND remote_id IS NOT NULL) AS duplicate_jobs
  FROM smelt.batch
 WHERE pipeline_id = :pipeline_id AND task_id = :task_id AND kind = :kind_provider
   AND (:since::timestamptz IS NULL OR created_at >= :since::timestamptz)

-- name: analysis_rules(pipeline_id, task_id, since)
SELECT f.value ->> 'rule' AS rule, count(*) AS failed, count(*) FILTER (WHERE a.outcome = :accepted) AS accepted
  FROM smelt.attempt AS a
 CROSS JOIN LATERAL jsonb_array_elements(a.findings) AS f
 WHERE a.pipeline_id = :pipeline_id AND a.task_id = :task_id AND a.findings IS NOT NULL
   AND (:since::timestamptz IS NULL OR a.applied_at >= :since::timestamptz)
 GROUP BY 1 ORDER BY 2 DESC, 1

-- name: analysis_batches(pipeline_id, task_id, since)
SELECT count(*) AS batches, extract(epoch FROM avg(closed_at - submitted_at))::float8 AS mean,
       extract(epoch FROM min(closed_at - submitted_at))::float8 AS least, extract(epoch FROM max(closed_at - submitted_at))::float8 AS most,
       sum(sent)::float8 / nullif(extract(epoch FROM max(closed_at) - min(submitted_at)), 0)::float8 AS per_second
  FROM smelt.batch
 WHERE pipeline_id = :pipeline_id AND task_id = :task_id AND kind = :kind_provider AND state = :closed AND submitted_at IS NOT NULL AND sent > 0
   AND (:since::timestamptz IS NULL OR created_at >= :since::timestamptz)
