-- Entries that are valid and say nothing: each of their tags is one that more than 40 % of all entries have. One key a line, for smelt redo --keys.
WITH described AS (
    SELECT count(*) AS files FROM library.files WHERE status IN ('extracted', 'needs_review', 'approved')),
common AS (
    SELECT tag FROM library.file_topics GROUP BY tag HAVING count(*) > 0.4 * (SELECT files FROM described))
SELECT file_path
  FROM library.file_topics
 GROUP BY file_path
HAVING bool_and(tag IN (SELECT tag FROM common))
 ORDER BY file_path COLLATE "C";
