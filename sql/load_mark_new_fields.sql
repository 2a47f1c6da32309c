-- The templates name other fields than at the last load, so old hashes say nothing: compare the fields themselves.
UPDATE pg_temp.incoming AS i
   SET record_id = r.id,
       change = CASE WHEN (SELECT bool_or(r.fields -> n IS DISTINCT FROM i.fields -> n) FROM unnest($2::text[]) AS n) THEN 1
                     WHEN r.content_hash <> i.content_hash OR r.fields <> i.fields
                          OR r.source_file_id IS DISTINCT FROM i.file OR r.skip IS DISTINCT FROM i.skip THEN 2
                     ELSE 3 END
  FROM smelt.record AS r
 WHERE r.pipeline_id = $1 AND r.key = i.key
