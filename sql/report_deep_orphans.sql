SELECT format('an attempt of record %s in batch %s belongs to no item or to no batch of task %s', a.record_id, a.batch_id, a.task_id)
  FROM smelt.attempt AS a
  LEFT JOIN smelt.item AS i ON i.pipeline_id = a.pipeline_id AND i.task_id = a.task_id AND i.record_id = a.record_id
  LEFT JOIN smelt.batch AS b ON b.id = a.batch_id AND b.pipeline_id = a.pipeline_id AND b.task_id = a.task_id
 WHERE i.record_id IS NULL OR b.id IS NULL
 LIMIT 20
