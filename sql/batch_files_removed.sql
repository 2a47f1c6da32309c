UPDATE smelt.batch SET files_removed_at = clock_timestamp() WHERE id = $1 AND state >= 5
