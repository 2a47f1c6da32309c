SELECT d.key, d.places[1] AS first, d.places[2] AS second
  FROM (SELECT i.key, array_agg(coalesce(f.path, 'query') || ':' || i.line ORDER BY f.path, i.line) AS places
          FROM pg_temp.incoming AS i
          LEFT JOIN smelt.source_file AS f ON f.id = i.file
         GROUP BY i.key HAVING count(*) > 1 ORDER BY i.key LIMIT 1) AS d
