INSERT INTO smelt.batch (pipeline_id, task_id, task_version_id, account_id, runner_id, nonce, model, name, reserved_tokens)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
RETURNING id, epoch
