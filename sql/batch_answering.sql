-- Requests of this batch are answered at once: none has been sent yet.
UPDATE smelt.batch
   SET state = 3, dispatched = 0, remote_status = 'answering', key_fingerprint = $3, submitted_at = clock_timestamp()
 WHERE id = $1 AND epoch = $2 AND state = 0
