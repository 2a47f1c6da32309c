-- Every score that there is, what it is made of, and how many files have it.
SELECT f.score, f.status, m.metadata ->> 'confidence' AS confidence,
       coalesce((SELECT string_agg(concat(found ->> 'rule', ' -', found ->> 'weight'), ', ' ORDER BY found ->> 'rule')
                   FROM jsonb_array_elements(coalesce(m.warnings, '[]') || coalesce(m.repairs, '[]')) AS found
                  WHERE (found ->> 'weight')::numeric > 0), '') AS taken_off,
       count(*) AS files
  FROM library.files AS f
  JOIN library.file_metadata AS m ON m.file_path = f.file_path AND m.is_current
 WHERE f.status IN ('extracted', 'needs_review', 'approved')
 GROUP BY 1, 2, 3, 4
 ORDER BY 1 DESC, (m.metadata ->> 'confidence')::numeric DESC, 4;
