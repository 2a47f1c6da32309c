SELECT reason, ceil(extract(epoch FROM until - clock_timestamp()) * 1000)::bigint AS remaining_ms
  FROM smelt.hold
 WHERE lifted_at IS NULL AND (until IS NULL OR until > clock_timestamp()) AND (task_id = $1 OR account_id = $2)
 ORDER BY id
