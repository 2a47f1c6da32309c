-- One that no listing has shown long after its sending window, or that the provider knows no more, waits for a person.
SELECT b.remote_id IS NOT NULL OR b.send_until < clock_timestamp() - interval '1 hour' AS needs_person,
       format('batch %s of %s/%s: %s', b.id, p.name, t.name, coalesce(b.error, 'the answer to its create was lost'))
  FROM smelt.batch AS b
  JOIN smelt.pipeline AS p ON p.id = b.pipeline_id
  JOIN smelt.task AS t ON t.id = b.task_id
 WHERE b.state = 2
 ORDER BY b.id
