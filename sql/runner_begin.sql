INSERT INTO smelt.runner (host, boot_id, pid, pid_start, pid_namespace, lease_until)
VALUES ($1, $2, $3, $4, $5, clock_timestamp() + $6 * interval '1 millisecond')
RETURNING id
