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
-- Answers of models that a person has looked at, with what the latest verdict about each makes of it; null: rejected, and nothing in its place.
SELECT v.id AS review_id, r.id, r.key, a.output::text AS output, a.score, r.fields ->> :group_field AS part,
       CASE v.verdict WHEN :verdict_accepted THEN a.output::text WHEN :verdict_edited THEN e.output::text END AS right_output
  FROM smelt.review AS v
  JOIN smelt.batch AS b ON b.id = v.batch_id AND b.kind = :kind_provider
  JOIN smelt.record AS r ON r.pipeline_id = :pipeline_id AND r.id = v.record_id
  JOIN smelt.attempt AS a ON a.pipeline_id = :pipeline_id AND a.batch_id = v.batch_id AND a.record_id = v.record_id
  LEFT JOIN smelt.attempt AS e ON e.pipeline_id = :pipeline_id AND e.batch_id = v.edit_batch_id AND e.record_id = v.record_id
 WHERE v.pipeline_id = :pipeline_id AND v.task_id = :task_id AND v.id > :after_review AND v.undone_at IS NULL AND v.verdict <> :verdict_approved
   AND NOT EXISTS (SELECT FROM smelt.review AS n
                    WHERE n.pipeline_id = :pipeline_id AND n.task_id = :task_id AND n.record_id = v.record_id AND n.batch_id = v.batch_id
                      AND n.undone_at IS NULL AND n.verdict <> :verdict_approved AND n.id > v.id)
 ORDER BY v.id LIMIT :most

-- name: comparison_tasks(pipeline_id, first_task, second_task, after_record, most, group_field)
SELECT r.id, r.key, b.output::text AS output, b.score, r.fields ->> :group_field AS part, a.output::text AS right_output
  FROM smelt.item AS i
  JOIN smelt.item AS k ON k.pipeline_id = :pipeline_id AND k.task_id = :second_task AND k.record_id = i.record_id
  JOIN smelt.record AS r ON r.pipeline_id = :pipeline_id AND r.id = i.record_id
  JOIN smelt.attempt AS a ON a.pipeline_id = :pipeline_id AND a.batch_id = i.accepted_batch_id AND a.record_id = i.record_id
  JOIN smelt.attempt AS b ON b.pipeline_id = :pipeline_id AND b.batch_id = k.accepted_batch_id AND b.record_id = k.record_id
 WHERE i.pipeline_id = :pipeline_id AND i.task_id = :first_task AND i.record_id > :after_record AND i.accepted_batch_id IS NOT NULL
 ORDER BY i.record_id LIMIT :most
