-- No item waits for it any more: requests that nothing accounts for had items that somebody has deleted.
UPDATE smelt.batch
   SET state = 5, orphaned = sent - (accepted + rejected + errored + expired + cancelled + missing + not_run),
       closed_at = clock_timestamp(), error = coalesce(nullif($3, ''), error), runner_id = NULL,
       reserved_tokens = 0, reserved_usd = 0
 WHERE id = $1 AND epoch = $2 AND state = 4
