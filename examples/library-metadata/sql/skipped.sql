UPDATE library.files AS f
   SET status = 'skipped', score = NULL, error_message = r.reason
  FROM rows AS r
 WHERE f.file_path = r.key
