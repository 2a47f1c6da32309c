SELECT format('item %s of task %s belongs to no record', i.record_id, i.task_id)
  FROM smelt.item AS i
 WHERE NOT EXISTS (SELECT FROM smelt.record AS r WHERE r.pipeline_id = i.pipeline_id AND r.id = i.record_id)
 LIMIT 20
