-- One batch whose results wait, so that runs side by side share them.
UPDATE smelt.batch
   SET epoch = epoch + 1, runner_id = $1
 WHERE id = (SELECT c.id FROM smelt.batch AS c
              WHERE c.pipeline_id = ANY ($2::int[]) AND c.state = 4
                AND coalesce(c.next_check_at <= clock_timestamp(), true)
                AND NOT EXISTS (SELECT FROM smelt.runner AS r
                                 WHERE r.id = c.runner_id AND r.ended_at IS NULL AND r.lease_until > clock_timestamp())
              ORDER BY c.id LIMIT 1
              FOR UPDATE SKIP LOCKED)
RETURNING id
