UPDATE smelt.task SET batch_limit = $2 WHERE id = $1
