-- Every file: how it stands and why, how many versions of its entry there are, and its topics.
SELECT f.filename, f.status, f.score,
       CASE WHEN f.status LIKE 'failed%' OR f.status = 'skipped' THEN split_part(f.error_message, ':', 1) END AS reason,
       (SELECT count(*) FROM library.file_metadata AS m WHERE m.file_path = f.file_path) AS versions,
       (SELECT string_agg(t.tag, ' ' ORDER BY t.tag) FROM library.file_topics AS t WHERE t.file_path = f.file_path) AS topics
  FROM library.files AS f
 ORDER BY f.filename COLLATE "C";
