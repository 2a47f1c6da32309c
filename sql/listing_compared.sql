SELECT (extract(epoch FROM clock_timestamp() - coalesce(p.listed_at, i.created_at)) * 1000)::bigint,
       (extract(epoch FROM clock_timestamp() - i.created_at) * 1000)::bigint, clock_timestamp()
  FROM smelt.pipeline AS p CROSS JOIN smelt.installation AS i
 WHERE p.id = $1
