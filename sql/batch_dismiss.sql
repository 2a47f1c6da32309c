UPDATE smelt.batch
   SET state = 6, remote_id = $3, error = $4, closed_at = clock_timestamp(), files_removed_at = clock_timestamp(), runner_id = NULL
 WHERE id = $1 AND epoch = $2 AND state = 0
