-- A row that never came to a create does not know the job: the database may be older than that.
SELECT nonce
  FROM unnest($1::text[]) AS listed (nonce)
 WHERE NOT EXISTS (SELECT FROM smelt.batch AS b
                    WHERE b.nonce = listed.nonce AND (b.remote_id IS NOT NULL OR b.send_until IS NOT NULL))
