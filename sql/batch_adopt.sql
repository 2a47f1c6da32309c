UPDATE smelt.batch
   SET state = 3, epoch = epoch + 1, runner_id = NULL, remote_id = $2, submitted_at = clock_timestamp(), error = NULL
 WHERE id = $1 AND state = 2
