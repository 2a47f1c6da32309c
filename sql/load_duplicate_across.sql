SELECT i.key, f.path || ':' || r.line AS first, g.path || ':' || i.line AS second
  FROM pg_temp.incoming AS i
  JOIN smelt.record AS r ON r.pipeline_id = $1 AND r.key = i.key
  JOIN smelt.source_file AS f ON f.id = r.source_file_id
  LEFT JOIN smelt.source_file AS g ON g.id = i.file
 WHERE r.source_file_id = ANY ($2::int[])
 ORDER BY i.key LIMIT 1
