UPDATE smelt.batch SET runner_id = NULL WHERE id = $1 AND epoch = $2
