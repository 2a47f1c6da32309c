SELECT EXISTS (SELECT FROM smelt.record WHERE pipeline_id = $1 AND key = $2)
