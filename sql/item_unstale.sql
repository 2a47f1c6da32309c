-- Rendered just now from what the record holds since a load that came between claim and rendering. The items are locked
-- first: a later load marks them again after this.
UPDATE smelt.item AS i
   SET stale = false, rendered_hash = NULL
  FROM unnest($4::bigint[], $5::timestamptz[]) AS s (record_id, changed_at)
  JOIN smelt.record AS r ON r.pipeline_id = $1 AND r.id = s.record_id AND r.changed_at = s.changed_at
 WHERE i.pipeline_id = $1 AND i.task_id = $2 AND i.record_id = s.record_id AND i.batch_id = $3 AND i.status = 1 AND i.stale
