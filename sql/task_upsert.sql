INSERT INTO smelt.task (pipeline_id, name, need_task_id, position, priority, condition) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (pipeline_id, name) DO UPDATE
   SET need_task_id = excluded.need_task_id, position = excluded.position, priority = excluded.priority,
       condition = excluded.condition, active = true
RETURNING id
