UPDATE smelt.batch SET error = $3, last_checked_at = clock_timestamp() WHERE id = $1 AND epoch = $2
