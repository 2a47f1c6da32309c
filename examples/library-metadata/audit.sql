-- What must never be: no row is right.
SELECT 'described without exactly one current entry and three topics' AS wrong, f.file_path
  FROM library.files AS f
 WHERE f.status IN ('extracted', 'needs_review', 'approved')
   AND ((SELECT count(*) FROM library.file_metadata AS m WHERE m.file_path = f.file_path AND m.is_current) <> 1
        OR (SELECT count(*) FROM library.file_topics AS t WHERE t.file_path = f.file_path) < 3)
UNION ALL
SELECT 'topics that are not those of the current entry', f.file_path
  FROM library.files AS f
  LEFT JOIN library.file_metadata AS m ON m.file_path = f.file_path AND m.is_current
 WHERE (SELECT coalesce(jsonb_agg(t.tag ORDER BY t.tag), '[]') FROM library.file_topics AS t WHERE t.file_path = f.file_path)
       <> (SELECT coalesce(jsonb_agg(tag ORDER BY tag), '[]') FROM jsonb_array_elements_text(coalesce(m.metadata -> 'tags', '[]')) AS tag)
UNION ALL
SELECT 'skipped, failed or doubtful without a reason', f.file_path
  FROM library.files AS f
 WHERE (f.status IN ('skipped', 'needs_review') OR f.status LIKE 'failed%') AND f.error_message IS NULL
UNION ALL
SELECT 'a score where there is no entry', f.file_path
  FROM library.files AS f
 WHERE f.status NOT IN ('extracted', 'needs_review', 'approved') AND f.score IS NOT NULL;
