UPDATE smelt.runner SET lease_until = clock_timestamp() + $2 * interval '1 millisecond' WHERE id = $1 AND ended_at IS NULL
