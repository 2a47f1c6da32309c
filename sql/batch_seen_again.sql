-- An ended job was read once more: what it names only now is kept.
UPDATE smelt.batch
   SET remote_status = $3, output_file_id = $4, error_file_id = $5, remote_total = $6, remote_completed = $7,
       remote_failed = $8, key_fingerprint = $9, last_checked_at = clock_timestamp()
 WHERE id = $1 AND epoch = $2 AND state = 4
