-- The provider does not know a job that it had made. That proves nothing about its answers, so nothing goes back.
UPDATE smelt.batch SET state = 2, error = $3, last_checked_at = clock_timestamp() WHERE id = $1 AND epoch = $2 AND state = 3
