-- i.attempts > 0 stands inside, where it saves the look at most records; + 0 keeps the planner from walking the primary
-- key backwards through all batches for each record, which it takes for cheap while statistics are young.
DECLARE claimed NO SCROLL CURSOR FOR
SELECT i.record_id, i.attempts,
       CASE WHEN n.output IS NULL THEN r.fields ELSE r.fields || jsonb_build_object($4::text, n.output) END AS fields,
       p.raw, p.message, CASE WHEN i.stale THEN r.changed_at::text END AS changed_at,
       i.accepted_batch_id IS NOT NULL AS replaces, p.cuts
  FROM smelt.item AS i
  JOIN smelt.record AS r ON r.pipeline_id = $1 AND r.id = i.record_id
  LEFT JOIN LATERAL (
       SELECT encode(a.raw, 'hex') AS raw,
              (SELECT count(*)
                 FROM smelt.attempt AS c
                 JOIN smelt.batch AS cb ON cb.id = c.batch_id
                WHERE c.record_id = i.record_id AND c.pipeline_id = $1 AND c.task_id = $2 AND c.cause = 4
                  AND c.applied_at >= r.changed_at
                  AND cb.task_version_id = (SELECT task_version_id FROM smelt.batch WHERE id = $3)) AS cuts,
              coalesce(a.message, (SELECT string_agg(f.value ->> 'message', E'\n') FROM jsonb_array_elements(a.findings) AS f)) AS message
         FROM smelt.attempt AS a
        WHERE i.attempts > 0 AND a.record_id = i.record_id AND a.pipeline_id = $1 AND a.task_id = $2 AND a.outcome = 1
          AND a.applied_at >= r.changed_at
        ORDER BY a.batch_id + 0 DESC LIMIT 1) AS p ON true
  LEFT JOIN LATERAL (
       SELECT a.output
         FROM smelt.item AS ni
         JOIN smelt.attempt AS a ON a.pipeline_id = $1 AND a.batch_id = ni.accepted_batch_id AND a.record_id = ni.record_id
        WHERE ni.pipeline_id = $1 AND ni.task_id = $5::int AND ni.record_id = i.record_id) AS n ON true
 WHERE i.batch_id = $3 AND i.status = 1
