UPDATE smelt.batch
   SET state = 3, remote_id = $3, remote_status = $4, key_fingerprint = $5, error = NULL, submitted_at = clock_timestamp(), last_checked_at = clock_timestamp()
 WHERE id = $1 AND epoch = $2 AND state IN (1, 2)
