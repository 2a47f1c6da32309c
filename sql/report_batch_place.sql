SELECT b.id, p.name AS pipeline, smelt.batch_state_name(b.state) AS state
  FROM smelt.batch AS b
  JOIN smelt.pipeline AS p ON p.id = b.pipeline_id
 WHERE b.id = $1
