-- Estimated prompt tokens of a model's batches that the account's provider has not finished.
-- What a run was building when it ended is not at the provider and will not be.
SELECT coalesce(sum(reserved_tokens), 0)::bigint
  FROM smelt.batch AS b
 WHERE account_id = $1 AND model = $2 AND state < 4
   AND (state > 0 OR EXISTS (SELECT FROM smelt.runner AS r
                              WHERE r.id = b.runner_id AND r.ended_at IS NULL AND r.lease_until > clock_timestamp()))
