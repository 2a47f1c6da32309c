SELECT ceil(extract(epoch FROM greatest(min(not_before), now()) - now()) * 1000)::bigint
  FROM smelt.item WHERE pipeline_id = $1 AND task_id = $2 AND rung = 0 AND claimable
