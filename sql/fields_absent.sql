-- Of a pipeline that has records.
SELECT name FROM unnest($2::text[]) AS name
 WHERE NOT EXISTS (SELECT FROM smelt.record WHERE pipeline_id = $1 AND fields ? name)
   AND EXISTS (SELECT FROM smelt.record WHERE pipeline_id = $1)
