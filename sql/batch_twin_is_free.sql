-- True when every member still waits as it was given back: not claimed again, not answered since.
SELECT NOT EXISTS (
       SELECT FROM smelt.abandoned_request AS a
         JOIN smelt.batch AS b ON b.id = a.batch_id
        WHERE a.batch_id = $1
          AND (NOT EXISTS (SELECT FROM smelt.item AS i
                            WHERE i.pipeline_id = b.pipeline_id AND i.task_id = b.task_id AND i.record_id = a.record_id AND i.claimable)
               OR EXISTS (SELECT FROM smelt.attempt AS t
                           WHERE t.record_id = a.record_id AND t.pipeline_id = b.pipeline_id AND t.task_id = b.task_id
                             AND t.batch_id > b.id))) AS free
