-- How the tenders ended, and how often the second model agreed with the first.
WITH decided AS (
    SELECT CASE WHEN i.status = 'skipped' THEN 'NO-GO' ELSE coalesce(v.output->>'decision', a.output->>'decision', 'UNKNOWN') END AS result,
           a.output->>'decision' AS first, v.output->>'decision' AS second
      FROM smelt.items AS i
      LEFT JOIN smelt.results AS a ON a.pipeline = i.pipeline AND a.record_id = i.record_id AND a.task = 'assess'
      LEFT JOIN smelt.results AS v ON v.pipeline = i.pipeline AND v.record_id = i.record_id AND v.task = 'verify'
     WHERE i.pipeline = 'opportunity_triage' AND i.task = 'assess')
SELECT count(*) AS tenders,
       count(*) FILTER (WHERE result = 'GO') AS go,
       count(*) FILTER (WHERE result = 'NO-GO') AS no_go,
       count(*) FILTER (WHERE result = 'INDETERMINATE') AS indeterminate,
       count(*) FILTER (WHERE result = 'UNKNOWN') AS unknown,
       round(100.0 * count(*) FILTER (WHERE result = 'GO') / count(*), 1) AS go_percent,
       count(second) AS verified,
       count(*) FILTER (WHERE first <> second) AS disagreements,
       round(100.0 * count(*) FILTER (WHERE first = second) / nullif(count(second), 0), 1) AS agreement_percent
  FROM decided
