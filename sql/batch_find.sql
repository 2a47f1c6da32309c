SELECT b.*, extract(epoch FROM clock_timestamp() - b.created_at) AS age_s,
       extract(epoch FROM clock_timestamp() - coalesce(b.send_until, b.created_at)) AS since_window_s,
       extract(epoch FROM clock_timestamp() - coalesce(b.first_download_at, clock_timestamp())) AS since_download_s
  FROM smelt.batch AS b WHERE b.id = $1
