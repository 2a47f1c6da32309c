-- Tenders that are worth a quote, the most valuable first.
SELECT r.fields->>'title' AS announcement_title,
       coalesce(r.fields->'agency'->>'agency_name', r.fields->>'agency') AS agency,
       r.key AS announcement_number,
       (r.fields->>'val_est_high')::numeric AS value_high,
       r.fields->>'due_date' AS due_date,
       'https://portal.example' || (r.fields->>'path') AS highergov_url
  FROM smelt.results AS r
  LEFT JOIN smelt.results AS v ON v.pipeline = r.pipeline AND v.record_id = r.record_id AND v.task = 'verify'
 WHERE r.pipeline = 'opportunity_triage' AND r.task = 'assess' AND coalesce(v.output, r.output)->>'decision' = 'GO'
 ORDER BY value_high DESC, r.key
