SELECT id, name, need_task_id, current_version_id, batch_limit, active, view_hash, condition
  FROM smelt.task WHERE pipeline_id = $1 ORDER BY position, id
