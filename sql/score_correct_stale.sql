-- After their items have started over, or were deleted: answers that are no results.
INSERT INTO smelt.score_correction (task_id, answers, score)
SELECT $2, count(*), sum(a.score)
  FROM smelt.attempt AS a
 WHERE a.pipeline_id = $1 AND a.batch_id = $3 AND a.record_id = ANY ($4::bigint[]) AND a.outcome = 0
   AND NOT EXISTS (SELECT FROM smelt.item AS i
                    WHERE i.pipeline_id = $1 AND i.task_id = $2 AND i.record_id = a.record_id AND i.accepted_batch_id = $3)
HAVING count(*) > 0
