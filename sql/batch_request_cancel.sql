UPDATE smelt.batch
   SET cancel_requested_at = coalesce(cancel_requested_at, clock_timestamp()), cancel_requeue = $2
 WHERE id = $1 AND state < 5
