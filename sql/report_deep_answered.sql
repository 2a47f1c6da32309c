SELECT format('item %s of task %s still waits for batch %s, which has answered it', i.record_id, i.task_id, i.batch_id)
  FROM smelt.item AS i
  JOIN smelt.attempt AS a ON a.pipeline_id = i.pipeline_id AND a.batch_id = i.batch_id AND a.record_id = i.record_id
 WHERE i.status = 1
 LIMIT 20
