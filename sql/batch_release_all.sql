UPDATE smelt.batch SET runner_id = NULL WHERE runner_id = $1 AND state < 5
