UPDATE smelt.task SET view_hash = $2 WHERE id = $1
