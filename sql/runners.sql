-- Runs and their leases.

-- name: runner_begin(host, boot_id, pid, pid_start, pid_namespace, lease_ms, migrations)
-- Not in a database that was moved, or that another program has migrated since this one has looked.
WITH here AS MATERIALIZED (
    SELECT FROM smelt.installation WHERE moved_at IS NULL AND (SELECT count(*) FROM smelt.migration) = :migrations FOR SHARE)
INSERT INTO smelt.runner (host, boot_id, pid, pid_start, pid_namespace, lease_until)
SELECT :host, :boot_id, :pid, :pid_start, :pid_namespace, clock_timestamp() + :lease_ms * interval '1 millisecond' FROM here
RETURNING id

-- name: runner_end(runner_id)
UPDATE smelt.runner SET ended_at = clock_timestamp() WHERE id = :runner_id AND ended_at IS NULL

-- name: runner_of_host(host, boot_id, pid_namespace)
SELECT id, pid, pid_start FROM smelt.runner
 WHERE host = :host AND boot_id = :boot_id AND pid_namespace = :pid_namespace AND pid_namespace <> '' AND ended_at IS NULL

-- name: runner_renew(runner_id, lease_ms)
UPDATE smelt.runner SET lease_until = clock_timestamp() + :lease_ms * interval '1 millisecond' WHERE id = :runner_id AND ended_at IS NULL
