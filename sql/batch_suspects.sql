SELECT b.*, extract(epoch FROM clock_timestamp() - b.created_at) AS age_s,
       extract(epoch FROM clock_timestamp() - coalesce(b.send_until, b.created_at)) AS since_window_s, 0 AS since_download_s
  FROM smelt.batch AS b
 WHERE b.pipeline_id = $1 AND b.state = 6 AND b.send_until IS NOT NULL AND b.remote_id IS NULL
   AND b.closed_at > clock_timestamp() - $2 * interval '1 millisecond'
   AND EXISTS (SELECT FROM smelt.abandoned_request AS a WHERE a.batch_id = b.id)
 ORDER BY b.id
