SELECT definition FROM smelt.task_version WHERE id = $1
