-- What past batches say about those to come.

-- name: estimate_tokens_per_byte(task_id, model)
-- The most that any closed batch has shown whose requests were all answered.
SELECT max(input_tokens::float8 / request_bytes)
  FROM smelt.batch
 WHERE task_id = :task_id AND model = :model AND kind = :kind_provider AND state = :closed
   AND accepted + rejected = sent AND unpriced = 0 AND request_bytes > 0 AND input_tokens > 0

-- name: estimate_history(task_id, version_id)
-- By who was asked.
SELECT rung, model, sum(accepted + rejected + errored)::bigint AS requests, sum(accepted)::bigint AS accepted,
       sum(input_tokens)::bigint AS input_tokens, sum(output_tokens)::bigint AS output_tokens, sum(cost_picousd)::bigint AS cost,
       sum(unpriced)::bigint AS unpriced
  FROM smelt.batch
 WHERE task_id = :task_id AND task_version_id = :version_id AND kind = :kind_provider AND accepted + rejected + errored > 0
 GROUP BY rung, model
 ORDER BY rung, model

-- name: estimate_first_bytes(task_id, version_id)
-- Of a request of the first batch, in which nothing was asked again.
SELECT request_bytes::float8 / sent
  FROM smelt.batch
 WHERE task_id = :task_id AND task_version_id = :version_id AND kind = :kind_provider AND sent > 0 AND request_bytes > 0
 ORDER BY id LIMIT 1

-- name: estimate_pace(task_id)
-- Of the last batches that were closed: answers per second, and seconds from sending a batch to its last answer.
SELECT sum(sent)::float8 / nullif(extract(epoch FROM max(closed_at) - min(submitted_at)), 0)::float8 AS per_second,
       extract(epoch FROM avg(closed_at - submitted_at))::float8 AS turnaround
  FROM (SELECT sent, submitted_at, closed_at FROM smelt.batch
         WHERE task_id = :task_id AND kind = :kind_provider AND state = :closed AND submitted_at IS NOT NULL AND sent > 0
         ORDER BY id DESC LIMIT 20) AS recent

-- name: estimate_filtered(pipeline_id)
SELECT skip, count(*) FROM smelt.record WHERE pipeline_id = :pipeline_id AND skip IS NOT NULL GROUP BY skip ORDER BY count(*) DESC, skip

-- name: estimate_refused(pipeline_id, task_id)
-- Items that their own condition has refused. Reads the task's items.
SELECT count(*) FROM smelt.item
 WHERE pipeline_id = :pipeline_id AND task_id = :task_id AND status = :skipped AND (skip_reason = 'when' OR skip_reason LIKE 'when:%')

-- name: estimate_keys(pipeline_id, records)
SELECT key FROM smelt.record WHERE pipeline_id = :pipeline_id AND id = ANY (:records::bigint[]) ORDER BY id
