-- Everything that nobody holds and that has not ended. Raising the epoch shuts the former holder out of every later transaction.
UPDATE smelt.batch AS b
   SET epoch = epoch + 1, runner_id = $1
 WHERE b.id IN (SELECT c.id FROM smelt.batch AS c
                 WHERE c.pipeline_id = ANY ($2::int[]) AND c.state < 4
                   AND NOT EXISTS (SELECT FROM smelt.runner AS r
                                    WHERE r.id = c.runner_id AND r.ended_at IS NULL AND r.lease_until > clock_timestamp())
                 ORDER BY c.id
                 FOR UPDATE SKIP LOCKED)
RETURNING b.*, extract(epoch FROM clock_timestamp() - b.created_at) AS age_s,
       extract(epoch FROM clock_timestamp() - coalesce(b.send_until, b.created_at)) AS since_window_s,
          extract(epoch FROM clock_timestamp() - coalesce(b.first_download_at, clock_timestamp())) AS since_download_s
