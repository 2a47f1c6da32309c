UPDATE smelt.batch
   SET state = 3, epoch = epoch + 1, runner_id = $2, remote_id = $3, not_run = 0, closed_at = NULL,
       submitted_at = clock_timestamp(), error = 'turned up after it had been given up'
 WHERE id = $1 AND state = 6
