-- Estimated prompt tokens of a model's batches that the account's provider has not finished.
SELECT coalesce(sum(reserved_tokens), 0)::bigint FROM smelt.batch WHERE account_id = $1 AND model = $2 AND state < 4
