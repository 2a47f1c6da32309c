UPDATE smelt.task SET current_version_id = $2 WHERE id = $1
