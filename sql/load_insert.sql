WITH added AS (
    INSERT INTO smelt.record (pipeline_id, source_file_id, line, key, content_hash, skip, fields)
    SELECT $1, i.file, i.line, i.key, i.content_hash, i.skip, i.fields
      FROM pg_temp.incoming AS i WHERE i.change IS NULL
    RETURNING id, skip),
made AS (
    INSERT INTO smelt.item (pipeline_id, task_id, record_id, priority, status, claimable, skip_reason)
    SELECT $1, t.id, a.id, t.priority, CASE WHEN a.skip IS NULL THEN 0 ELSE 5 END, a.skip IS NULL, a.skip
      FROM added AS a
      JOIN smelt.task AS t ON t.pipeline_id = $1 AND t.active AND t.need_task_id IS NULL)
SELECT count(*) FROM added
