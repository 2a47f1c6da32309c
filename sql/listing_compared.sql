SELECT (extract(epoch FROM clock_timestamp() - coalesce(l.compared_up_to, i.created_at)) * 1000)::bigint,
       clock_timestamp()
  FROM smelt.installation AS i
  LEFT JOIN smelt.listing AS l ON l.account_id = $1 AND l.key_fingerprint = $2
