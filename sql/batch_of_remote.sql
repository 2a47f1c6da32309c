SELECT id FROM smelt.batch WHERE remote_id = $1 ORDER BY id LIMIT 1
