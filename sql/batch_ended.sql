UPDATE smelt.batch
   SET state = 4, remote_status = $3, output_file_id = $4, error_file_id = $5, remote_total = $6, remote_completed = $7,
       remote_failed = $8, key_fingerprint = $9, error = NULL, last_checked_at = clock_timestamp(), ended_at = clock_timestamp()
 WHERE id = $1 AND epoch = $2 AND state = 3
