-- The nonce may be known from a batch that was given up before it was sent, as far as this database remembers.
INSERT INTO smelt.batch AS b (pipeline_id, task_id, task_version_id, account_id, runner_id, nonce, model)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (nonce) DO UPDATE
   SET state = 0, epoch = b.epoch + 1, task_id = excluded.task_id, task_version_id = excluded.task_version_id,
       runner_id = excluded.runner_id, model = excluded.model, not_run = 0, closed_at = NULL, error = NULL, files_removed_at = NULL
 WHERE b.state = 6 AND b.send_until IS NULL AND b.remote_id IS NULL
RETURNING id, epoch
