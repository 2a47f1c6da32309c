-- change: 0 new, 1 content, 2 other columns only, 3 nothing
UPDATE pg_temp.incoming AS i
   SET record_id = r.id,
       old_hash = r.content_hash,
       change = CASE WHEN r.content_hash <> i.content_hash THEN 1
                     WHEN r.fields <> i.fields OR r.source_file_id IS DISTINCT FROM i.file OR r.skip IS DISTINCT FROM i.skip THEN 2
                     ELSE 3 END
  FROM smelt.record AS r
 WHERE r.pipeline_id = $1 AND r.key = i.key
