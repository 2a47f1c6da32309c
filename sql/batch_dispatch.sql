UPDATE smelt.batch SET dispatched = $3
 WHERE id = $1 AND epoch = $2 AND state = 3 AND dispatched <= $3
RETURNING cancel_requested_at IS NOT NULL AS stop
