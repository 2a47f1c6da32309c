SELECT count(*) AS altered, (SELECT count(*) FROM smelt.record WHERE pipeline_id = $1) AS records
  FROM pg_temp.incoming AS i
  JOIN smelt.record AS r ON r.pipeline_id = $1 AND r.id = i.record_id
 WHERE i.change IN (1, 2) AND (r.fields <> i.fields OR r.skip IS DISTINCT FROM i.skip)
