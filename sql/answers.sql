-- How the recent answers of a task went.

-- name: answers_progress(task_id, version_id)
-- Of the first rung: those who climb have answers already.
SELECT coalesce(sum(accepted + rejected + errored), 0)::bigint, count(*) FILTER (WHERE state < :closed)
  FROM smelt.batch
 WHERE task_id = :task_id AND task_version_id = :version_id AND rung = 0 AND kind = :kind_provider

-- name: answers_recent(task_id, version_id, rung, at_least)
WITH answered AS (
    SELECT accepted + rejected + errored AS answers, rejected + errored AS failed,
           sum(accepted + rejected + errored) OVER (ORDER BY id DESC) - (accepted + rejected + errored) AS newer
      FROM smelt.batch
     WHERE task_id = :task_id AND task_version_id = :version_id AND rung = :rung AND kind = :kind_provider
       AND accepted + rejected + errored > 0
       AND created_at > coalesce((SELECT max(lifted_at) FROM smelt.hold
                                WHERE task_id = :task_id AND kind = 'circuit_breaker' AND rung = :rung), '-infinity'))
SELECT coalesce(sum(answers), 0)::bigint, coalesce(sum(failed), 0)::bigint FROM answered WHERE newer < :at_least
