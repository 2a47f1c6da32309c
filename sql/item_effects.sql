-- effect: 1 spends an attempt, 2 spends a delivery, 3 fails for good, 4 releases. What would be asked again although a filter has
-- taken its record away meanwhile is skipped.
WITH change AS (
    SELECT i.ctid AS place, i.stale, i.attempts, i.deliveries, e.effect, w.again, r.skip
      FROM unnest($4::bigint[], $5::smallint[]) AS e (record_id, effect)
      JOIN smelt.item AS i ON i.pipeline_id = $1 AND i.task_id = $2 AND i.record_id = e.record_id
     CROSS JOIN LATERAL (
           SELECT i.stale OR e.effect = 4 OR (e.effect = 1 AND i.attempts + 1 < $6) OR (e.effect = 2 AND i.deliveries + 1 < $7) AS again) AS w
      LEFT JOIN smelt.record AS r ON w.again AND r.pipeline_id = i.pipeline_id AND r.id = i.record_id
     WHERE i.batch_id = $3 AND i.status = 1)
UPDATE smelt.item AS i
   SET status = CASE WHEN c.skip IS NOT NULL THEN 5
                     WHEN c.stale OR c.effect = 4 OR (c.effect = 2 AND c.again) THEN 0 WHEN c.effect = 1 THEN 3 ELSE 4 END,
       claimable = c.again AND c.skip IS NULL,
       skip_reason = coalesce(c.skip, i.skip_reason),
       batch_id = CASE WHEN c.again THEN NULL ELSE i.batch_id END,
       attempts = CASE WHEN c.stale THEN 0 WHEN c.effect = 1 THEN c.attempts + 1 ELSE c.attempts END,
       deliveries = CASE WHEN c.stale THEN 0 WHEN c.effect = 2 THEN c.deliveries + 1 ELSE c.deliveries END,
       not_before = CASE WHEN c.effect = 2 AND c.again AND NOT c.stale
                         THEN clock_timestamp() + ($8::bigint * (1 << least(c.deliveries, 6)::int)) * interval '1 millisecond'
                         ELSE '-infinity' END,
       stale = false, rendered_hash = NULL
  FROM change AS c
 WHERE i.ctid = c.place AND i.batch_id = $3 AND i.status = 1
