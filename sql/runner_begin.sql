INSERT INTO smelt.runner (host, boot_id, pid, pid_start, lease_until)
VALUES ($1, $2, $3, $4, clock_timestamp() + $5 * interval '1 millisecond')
RETURNING id
