SELECT DISTINCT name
  FROM smelt.record AS r
 CROSS JOIN LATERAL jsonb_object_keys(r.fields) AS name
 WHERE r.pipeline_id = $1
 ORDER BY name
