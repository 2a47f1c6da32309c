-- Whose task of another pipeline has a view of this name.
SELECT p.name AS pipeline, t.name AS task
  FROM smelt.task AS t
  JOIN smelt.pipeline AS p ON p.id = t.pipeline_id
 WHERE t.active AND p.id <> $1 AND p.name || '_' || t.name = $2::text
