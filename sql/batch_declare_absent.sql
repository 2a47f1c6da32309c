UPDATE smelt.batch
   SET state = 6, epoch = epoch + 1, runner_id = NULL, not_run = sent, closed_at = clock_timestamp(),
       error = 'declared absent by smelt adopt', reserved_tokens = 0, reserved_usd = 0
 WHERE id = $1 AND state = 2
