SELECT format('smelt_out.%I', p.name || '_' || t.name)
  FROM smelt.task AS t
  JOIN smelt.pipeline AS p ON p.id = t.pipeline_id
 WHERE t.active AND t.current_version_id IS NOT NULL
   AND to_regclass(format('smelt_out.%I', p.name || '_' || t.name)) IS NULL
 ORDER BY p.name, t.name
