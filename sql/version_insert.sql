INSERT INTO smelt.task_version (pipeline_id, task_id, hash, definition, model_override) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (task_id, hash) DO UPDATE SET hash = excluded.hash
RETURNING id, model_override
