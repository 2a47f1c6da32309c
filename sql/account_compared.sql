SELECT (extract(epoch FROM clock_timestamp() - coalesce(a.listed_at, i.created_at)) * 1000)::bigint,
       (extract(epoch FROM clock_timestamp() - i.created_at) * 1000)::bigint, clock_timestamp()
  FROM smelt.account AS a CROSS JOIN smelt.installation AS i
 WHERE a.id = $1
