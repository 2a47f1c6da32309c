-- Counts come from the deltas and batches alone: smelt.item is never read, however many items there are.
SELECT s.*, o.open_requests, o.answered, r.requests_per_second
  FROM smelt.status AS s
  JOIN smelt.pipeline AS p ON p.name = s.pipeline
  JOIN smelt.task AS t ON t.pipeline_id = p.id AND t.name = s.task
  LEFT JOIN LATERAL (
       SELECT sum(b.sent)::bigint AS open_requests,
              sum(greatest(coalesce(b.remote_completed, 0) + coalesce(b.remote_failed, 0),
                           b.accepted + b.rejected + b.errored + b.expired + b.cancelled + b.missing + b.not_run))::bigint AS answered
         FROM smelt.batch AS b
        WHERE b.pipeline_id = p.id AND b.task_id = t.id AND b.state < 5) AS o ON true
  LEFT JOIN LATERAL (
       SELECT sum(recent.sent)::float8
              / nullif(extract(epoch FROM max(recent.closed_at) - min(recent.submitted_at)), 0)::float8 AS requests_per_second
         FROM (SELECT b.sent, b.submitted_at, b.closed_at
                 FROM smelt.batch AS b
                WHERE b.task_id = t.id AND b.state = 5 AND b.submitted_at IS NOT NULL AND b.sent > 0
                  AND b.closed_at > now() - interval '1 day'
                ORDER BY b.id DESC
                LIMIT 20) AS recent) AS r ON true
 WHERE $1 = '' OR s.pipeline = $1
 ORDER BY s.pipeline, t.position, s.task
