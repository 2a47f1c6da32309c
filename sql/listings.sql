-- What a provider lists against what is known here.

-- name: installation_age()
SELECT (extract(epoch FROM clock_timestamp() - created_at) * 1000)::bigint FROM smelt.installation

-- name: listing_compared(account_id, key_fingerprint)
SELECT (extract(epoch FROM clock_timestamp() - coalesce(l.compared_up_to, i.created_at)) * 1000)::bigint,
       clock_timestamp()
  FROM smelt.installation AS i
  LEFT JOIN smelt.listing AS l ON l.account_id = :account_id AND l.key_fingerprint = :key_fingerprint

-- name: listing_jobs_of(nonces)
-- The jobs that the batches of these nonces are known to have.
SELECT nonce, remote_id FROM smelt.batch WHERE nonce = ANY (:nonces::text[]) AND remote_id IS NOT NULL

-- name: listing_set_compared(account_id, key_fingerprint, now)
INSERT INTO smelt.listing AS l (account_id, key_fingerprint, compared_up_to) VALUES (:account_id, :key_fingerprint, :now::timestamptz)
ON CONFLICT (account_id, key_fingerprint) DO UPDATE SET compared_up_to = greatest(l.compared_up_to, excluded.compared_up_to)

-- name: listing_unrecognised_jobs(remote_ids)
SELECT remote_id
  FROM unnest(:remote_ids::text[]) AS listed (remote_id)
 WHERE NOT EXISTS (SELECT FROM smelt.batch AS b WHERE b.remote_id = listed.remote_id)

-- name: listing_unrecognised_nonces(nonces)
-- A row that never came to a create does not know the job: the database may be older than that.
SELECT nonce
  FROM unnest(:nonces::text[]) AS listed (nonce)
 WHERE NOT EXISTS (SELECT FROM smelt.batch AS b
                    WHERE b.nonce = listed.nonce AND (b.remote_id IS NOT NULL OR b.send_until IS NOT NULL))
