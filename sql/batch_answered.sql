UPDATE smelt.batch SET state = 4, remote_status = 'answered', ended_at = clock_timestamp()
 WHERE id = $1 AND epoch = $2 AND state = 3 AND dispatched IS NOT NULL
