-- How many answers of each item this task version cut at their token limit.
SELECT a.record_id, least(count(*), i.attempts) AS cuts
  FROM smelt.attempt AS a
  JOIN smelt.record AS r ON r.pipeline_id = $1 AND r.id = a.record_id
  JOIN smelt.item AS i ON i.pipeline_id = $1 AND i.task_id = $2 AND i.record_id = a.record_id
  JOIN smelt.batch AS b ON b.id = a.batch_id AND b.task_version_id = $3
 WHERE a.pipeline_id = $1 AND a.task_id = $2 AND a.record_id = ANY ($4::bigint[]) AND a.cause = 4
   AND i.attempts > 0 AND a.applied_at >= r.changed_at
 GROUP BY a.record_id, i.attempts
