SELECT format('item %s of task %s is submitted in batch %s, which is %s', i.record_id, i.task_id, i.batch_id,
              coalesce(smelt.batch_state_name(b.state), 'not there'))
  FROM smelt.item AS i
  LEFT JOIN smelt.batch AS b ON b.id = i.batch_id AND b.pipeline_id = i.pipeline_id AND b.task_id = i.task_id
 WHERE i.status = 1 AND (b.id IS NULL OR b.state IN (5, 6))
 LIMIT 20
