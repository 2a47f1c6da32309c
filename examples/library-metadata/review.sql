-- What somebody should look at, the most doubtful first, and why.
SELECT f.score, f.filename, m.metadata ->> 'category' AS category, f.error_message AS reasons
  FROM library.files AS f
  JOIN library.file_metadata AS m ON m.file_path = f.file_path AND m.is_current
 WHERE f.status = 'needs_review'
 ORDER BY f.score, f.filename COLLATE "C";
