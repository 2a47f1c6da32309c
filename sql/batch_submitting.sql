UPDATE smelt.batch
   SET state = 1, input_file_id = $3, send_until = clock_timestamp() + $4 * interval '1 millisecond', key_fingerprint = $5
 WHERE id = $1 AND epoch = $2 AND state = 0
