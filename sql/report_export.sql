-- One page in record order. An answer stays in the export, superseded, while its item is asked again. The threshold is read once per version, not once per row: definitions are documents of several kB.
WITH version AS MATERIALIZED (
    SELECT v.id, (v.definition -> 'score' ->> 'review_below')::real AS review_below
      FROM smelt.task_version AS v
     WHERE v.task_id = $2),
page AS MATERIALIZED (
    SELECT i.record_id, i.status, i.accepted_batch_id
      FROM smelt.item AS i
     WHERE i.pipeline_id = $1 AND i.task_id = $2 AND i.record_id > $3 AND ($4::boolean OR i.accepted_batch_id IS NOT NULL)
     ORDER BY i.record_id
     LIMIT $5)
SELECT page.record_id, r.key, smelt.item_status_name(page.status) AS status, r.fields, a.output, a.score,
       coalesce(a.score < v.review_below, false) AS needs_review,
       a.batch_id IS NOT NULL AND (page.status <> 2 OR b.task_version_id <> t.current_version_id) AS superseded,
       a.findings,
       (SELECT string_agg(concat_ws(': ', f.value ->> 'rule', f.value ->> 'message'), '; ')
          FROM jsonb_array_elements(a.findings) AS f) AS warning_text,
       coalesce(a.model, b.model) AS model,
       a.input_tokens, a.cached_tokens, a.output_tokens, a.reasoning_tokens,
       trim_scale(round(a.cost_picousd / 1e12, 12)) AS cost_usd
  FROM page
  JOIN smelt.task AS t ON t.id = $2
  JOIN smelt.record AS r ON r.pipeline_id = $1 AND r.id = page.record_id
  LEFT JOIN smelt.attempt AS a ON a.pipeline_id = $1 AND a.batch_id = page.accepted_batch_id AND a.record_id = page.record_id
  LEFT JOIN smelt.batch AS b ON b.id = page.accepted_batch_id
  LEFT JOIN version AS v ON v.id = b.task_version_id
 ORDER BY page.record_id
