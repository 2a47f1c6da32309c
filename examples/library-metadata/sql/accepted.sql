-- Sure, or a person has looked at it.
UPDATE library.files AS f
   SET status = CASE WHEN r.reviewed_by IS NULL THEN 'extracted' ELSE 'approved' END, score = r.score, error_message = NULL
  FROM rows AS r
 WHERE f.file_path = r.key
