DELETE FROM library.file_topics AS t
 USING rows AS r
 WHERE t.file_path = r.key
