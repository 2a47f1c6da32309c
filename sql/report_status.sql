-- Counts come from the deltas and batches alone. smelt.item is only asked, by its claim index, whether all that is left waits for a
-- back-off, and then until when.
SELECT s.*, o.open_requests, o.answered, r.requests_per_second, d.due_in_s
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
  LEFT JOIN LATERAL (
       SELECT CASE WHEN s.pending + s.retrying = 0
                     OR (SELECT true FROM smelt.item AS i
                          WHERE i.pipeline_id = p.id AND i.task_id = t.id AND i.rung = 0 AND i.claimable AND i.not_before <= now()
                          ORDER BY i.priority, i.not_before, i.record_id LIMIT 1)
                   THEN 0
                   ELSE (SELECT extract(epoch FROM max(i.not_before) - now())
                           FROM smelt.item AS i
                          WHERE i.pipeline_id = p.id AND i.task_id = t.id AND i.rung = 0 AND i.claimable)
              END::float8 AS due_in_s) AS d ON true
 WHERE $1 = '' OR s.pipeline = $1
 ORDER BY s.pipeline, t.position, s.task
