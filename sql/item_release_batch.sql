UPDATE smelt.item
   SET status = 0, claimable = true, batch_id = NULL, stale = false, not_before = '-infinity'
 WHERE batch_id = $1 AND status = 1
