-- The job under the remote id that it was given is another's.
UPDATE smelt.batch SET state = 2, remote_id = NULL, submitted_at = NULL, error = $3, last_checked_at = clock_timestamp()
 WHERE id = $1 AND epoch = $2 AND state = 3
