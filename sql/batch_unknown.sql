UPDATE smelt.batch SET state = 2, error = $3 WHERE id = $1 AND epoch = $2 AND state = 1
