SELECT (SELECT count(*) FROM pg_temp.incoming AS i
          JOIN smelt.item AS t ON t.pipeline_id = $1 AND t.record_id = i.record_id AND t.status = 2
          JOIN smelt.task AS k ON k.id = t.task_id AND k.active
         WHERE i.change = 1) AS requeued,
       (SELECT coalesce(sum(items), 0) FROM smelt.item_counts WHERE pipeline_id = $1 AND status = 2) AS extracted
