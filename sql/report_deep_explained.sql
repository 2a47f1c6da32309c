SELECT format('item %s of task %s ended without a result, and no attempt says why', i.record_id, i.task_id)
  FROM smelt.item AS i
 WHERE (i.status = 4 OR (i.status = 3 AND NOT i.claimable))
   AND NOT EXISTS (SELECT FROM smelt.attempt AS a
                    WHERE a.record_id = i.record_id AND a.pipeline_id = i.pipeline_id AND a.task_id = i.task_id AND a.outcome <> 0)
 LIMIT 20
