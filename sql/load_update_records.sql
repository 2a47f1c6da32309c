UPDATE smelt.record AS r
   SET fields = i.fields, content_hash = i.content_hash, skip = i.skip, source_file_id = i.file, line = i.line,
       changed_at = CASE WHEN i.change = 1 THEN clock_timestamp() ELSE r.changed_at END
  FROM pg_temp.incoming AS i
 WHERE r.pipeline_id = $1 AND r.id = i.record_id AND i.change IN (1, 2)
