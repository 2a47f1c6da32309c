UPDATE smelt.batch
   SET state = 6, epoch = epoch + 1, runner_id = NULL, closed_at = clock_timestamp(),
       not_run = sent - (accepted + rejected + errored + expired + cancelled + missing),
       error = 'declared absent by smelt adopt', reserved_tokens = 0, reserved_usd = 0
 WHERE id = $1 AND state IN (2, 4)
