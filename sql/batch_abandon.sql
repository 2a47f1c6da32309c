UPDATE smelt.batch
   SET state = 6, not_run = sent - (accepted + rejected + errored + expired + cancelled + missing), error = $3, closed_at = clock_timestamp(), runner_id = NULL, reserved_tokens = 0, reserved_usd = 0
 WHERE id = $1 AND epoch = $2 AND state IN (0, 1, 2)
