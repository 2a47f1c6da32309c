-- A task that starts from records gets an item for each of them; one that needs another task, for each accepted answer of it.
INSERT INTO smelt.item (pipeline_id, task_id, record_id, priority, status, claimable, skip_reason)
SELECT r.pipeline_id, t.id, r.id, t.priority,
       CASE WHEN r.skip IS NULL THEN 0 ELSE 5 END, r.skip IS NULL, r.skip
  FROM smelt.task AS t
  JOIN smelt.record AS r ON r.pipeline_id = t.pipeline_id
 WHERE t.id = $2 AND r.pipeline_id = $1
   AND (t.need_task_id IS NULL
        OR EXISTS (SELECT FROM smelt.item AS n
                    WHERE n.pipeline_id = $1 AND n.task_id = t.need_task_id AND n.record_id = r.id AND n.status = 2))
ON CONFLICT DO NOTHING
