UPDATE smelt.batch SET claimed = $3, sent = $4, reserved_tokens = $5, replaces = $6 WHERE id = $1 AND epoch = $2 AND state = 0
