UPDATE smelt.batch
   SET downloads = downloads + 1, checkpoint_file = 0, checkpoint_offset = 0, checkpoint_line = 0,
       first_download_at = coalesce(first_download_at, clock_timestamp()),
       next_check_at = clock_timestamp() + $3 * interval '1 millisecond'
 WHERE id = $1 AND epoch = $2 AND state = 4
