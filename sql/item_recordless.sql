-- Claimed items whose record somebody has deleted can never be rendered.
UPDATE smelt.item AS i
   SET status = 5, skip_reason = 'its record was deleted', batch_id = NULL, stale = false, rendered_hash = NULL
 WHERE i.pipeline_id = $1 AND i.task_id = $2 AND i.batch_id = $3 AND i.status = 1
   AND NOT EXISTS (SELECT FROM smelt.record AS r WHERE r.pipeline_id = i.pipeline_id AND r.id = i.record_id)
