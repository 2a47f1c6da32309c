SELECT format('item %s of task %s has no accepted attempt in batch %s', i.record_id, i.task_id, i.accepted_batch_id)
  FROM smelt.item AS i
 WHERE i.accepted_batch_id IS NOT NULL
   AND NOT EXISTS (SELECT FROM smelt.attempt AS a
                    WHERE a.pipeline_id = i.pipeline_id AND a.batch_id = i.accepted_batch_id AND a.record_id = i.record_id
                      AND a.task_id = i.task_id AND a.outcome = 0)
 LIMIT 20
