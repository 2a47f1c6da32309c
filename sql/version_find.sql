SELECT id, model_override FROM smelt.task_version WHERE task_id = $1 AND starts_with(hash, $2) AND $2 <> ''
