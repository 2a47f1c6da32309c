WITH answered AS (
    SELECT accepted + rejected + errored AS answers, rejected + errored AS failed,
           sum(accepted + rejected + errored) OVER (ORDER BY id DESC) - (accepted + rejected + errored) AS newer
      FROM smelt.batch
     WHERE task_id = $1 AND task_version_id = $2 AND accepted + rejected + errored > 0
       AND created_at > coalesce((SELECT max(lifted_at) FROM smelt.hold WHERE task_id = $1 AND kind = 'brake'), '-infinity'))
SELECT coalesce(sum(answers), 0)::bigint, coalesce(sum(failed), 0)::bigint FROM answered WHERE newer < $3
