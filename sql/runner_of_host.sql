SELECT id, pid, pid_start FROM smelt.runner WHERE host = $1 AND boot_id = $2 AND ended_at IS NULL
