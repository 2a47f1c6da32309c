DECLARE claimed NO SCROLL CURSOR FOR
SELECT i.record_id, i.attempts,
       CASE WHEN n.output IS NULL THEN r.fields ELSE r.fields || jsonb_build_object($4::text, n.output) END AS fields,
       NULL AS raw, NULL AS message, NULL AS changed_at, false AS replaces, 0 AS cuts
  FROM (SELECT record_id, attempts FROM smelt.item
         WHERE pipeline_id = $1 AND task_id = $2 AND rung = 0 AND claimable
         ORDER BY priority, not_before, record_id LIMIT $3) AS i
  JOIN smelt.record AS r ON r.pipeline_id = $1 AND r.id = i.record_id
  LEFT JOIN LATERAL (
       SELECT a.output
         FROM smelt.item AS ni
         JOIN smelt.attempt AS a ON a.pipeline_id = $1 AND a.batch_id = ni.accepted_batch_id AND a.record_id = ni.record_id
        WHERE ni.pipeline_id = $1 AND ni.task_id = $5::int AND ni.record_id = i.record_id) AS n ON true
