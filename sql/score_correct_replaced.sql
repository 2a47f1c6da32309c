-- Before these items get another answer.
INSERT INTO smelt.score_correction (task_id, answers, score)
SELECT $2, count(*), sum(a.score)
  FROM smelt.item AS i
  JOIN smelt.attempt AS a ON a.pipeline_id = i.pipeline_id AND a.batch_id = i.accepted_batch_id AND a.record_id = i.record_id
 WHERE i.pipeline_id = $1 AND i.task_id = $2 AND i.record_id = ANY ($4::bigint[]) AND i.batch_id = $3 AND i.status = 1 AND NOT i.stale
   AND i.accepted_batch_id <> i.batch_id
HAVING count(*) > 0
