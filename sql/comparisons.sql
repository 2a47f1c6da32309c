-- What answers are compared with: labels of people, verdicts, answers of another task.

-- name: comparison_normalised(texts)
SELECT coalesce(smelt_functions.normalised(t.value), '') FROM unnest(:texts::text[]) WITH ORDINALITY AS t (value, n) ORDER BY t.n

-- name: comparison_by_key(pipeline_id, keys)
SELECT j.n, r.id
  FROM unnest(:keys::text[]) WITH ORDINALITY AS j (key, n)
  JOIN smelt.record AS r ON r.pipeline_id = :pipeline_id AND r.key = j.key
 ORDER BY j.n

-- name: comparison_by_text(pipeline_id, field, texts)
-- Of records with the same text the first one that was asked.
SELECT DISTINCT ON (j.n) j.n, r.id
  FROM unnest(:texts::text[]) WITH ORDINALITY AS j (value, n)
  JOIN (SELECT o.id, o.copy_of, smelt_functions.normalised(o.fields ->> :field) AS value FROM smelt.record AS o WHERE o.pipeline_id = :pipeline_id) AS r
    ON r.value = j.value
 ORDER BY j.n, r.copy_of IS NOT NULL, r.id

-- name: comparison_answers(pipeline_id, task_id, records, group_field)
-- A copy has the answer of its original.
SELECT r.id, r.key, a.output::text AS output, a.score, r.fields ->> :group_field AS part
  FROM unnest(:records::bigint[]) AS j (record_id)
  JOIN smelt.record AS r ON r.pipeline_id = :pipeline_id AND r.id = j.record_id
  JOIN smelt.item AS i ON i.pipeline_id = :pipeline_id AND i.task_id = :task_id AND i.record_id = coalesce(r.copy_of, r.id)
  JOIN smelt.attempt AS a ON a.pipeline_id = :pipeline_id AND a.batch_id = i.accepted_batch_id AND a.record_id = i.record_id
 ORDER BY r.id

-- name: comparison_reviewed(pipeline_id, task_id, after_review, most, group_field)
-- What the verdict makes of each answer; null: rejected, and nothing in its place.
SELECT j.review_id, r.id, r.key, j.output::text AS output, j.score, r.fields ->> :group_field AS part,
       CASE j.verdict WHEN :verdict_accepted THEN j.output::text WHEN :verdict_edited THEN e.output::text END AS right_output
  FROM smelt.judged AS j
  JOIN smelt.record AS r ON r.pipeline_id = :pipeline_id AND r.id = j.record_id
  LEFT JOIN smelt.attempt AS e ON e.pipeline_id = :pipeline_id AND e.batch_id = j.edit_batch_id AND e.record_id = j.record_id
 WHERE j.pipeline_id = :pipeline_id AND j.task_id = :task_id AND j.review_id > :after_review
 ORDER BY j.review_id LIMIT :most

-- name: comparison_tasks(pipeline_id, first_task, second_task, after_record, most, group_field)
SELECT r.id, r.key, b.output::text AS output, b.score, r.fields ->> :group_field AS part, a.output::text AS right_output
  FROM smelt.item AS i
  JOIN smelt.item AS k ON k.pipeline_id = :pipeline_id AND k.task_id = :second_task AND k.record_id = i.record_id
  JOIN smelt.record AS r ON r.pipeline_id = :pipeline_id AND r.id = i.record_id
  JOIN smelt.attempt AS a ON a.pipeline_id = :pipeline_id AND a.batch_id = i.accepted_batch_id AND a.record_id = i.record_id
  JOIN smelt.attempt AS b ON b.pipeline_id = :pipeline_id AND b.batch_id = k.accepted_batch_id AND b.record_id = k.record_id
 WHERE i.pipeline_id = :pipeline_id AND i.task_id = :first_task AND i.record_id > :after_record AND i.accepted_batch_id IS NOT NULL
 ORDER BY i.record_id LIMIT :most
