-- It is asked again. The last entry and its topics stay until it is known what takes their place.
UPDATE library.files AS f
   SET status = 'pending', score = NULL, error_message = NULL
  FROM rows AS r
 WHERE f.file_path = r.key
