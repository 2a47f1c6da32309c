INSERT INTO library.file_topics (file_path, tag)
SELECT r.key, tag.name
  FROM rows AS r
 CROSS JOIN jsonb_array_elements_text(r.output -> 'tags') AS tag (name)
