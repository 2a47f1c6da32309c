SELECT id, pid, pid_start FROM smelt.runner
 WHERE host = $1 AND boot_id = $2 AND pid_namespace = $3 AND pid_namespace <> '' AND ended_at IS NULL
