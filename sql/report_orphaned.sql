-- Cheap: batches are few.
SELECT format('batch %s of %s/%s: the items of %s of its requests were deleted while it was under way', b.id, p.name, t.name, b.orphaned)
  FROM smelt.batch AS b
  JOIN smelt.pipeline AS p ON p.id = b.pipeline_id
  JOIN smelt.task AS t ON t.id = b.task_id
 WHERE b.orphaned > 0
 ORDER BY b.id
 LIMIT 20
