UPDATE smelt.batch SET remote_id = $2, error = $3 WHERE id = $1 AND state = 6
