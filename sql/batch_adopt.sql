-- Who says what it is called there means whom the pipeline's file names now.
UPDATE smelt.batch AS b
   SET state = 3, epoch = epoch + 1, runner_id = NULL, remote_id = $2, submitted_at = clock_timestamp(), error = NULL,
       account_id = coalesce((SELECT p.account_id FROM smelt.pipeline AS p WHERE p.id = b.pipeline_id), b.account_id)
 WHERE b.id = $1 AND b.state = 2
