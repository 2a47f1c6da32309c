INSERT INTO smelt.listing AS l (account_id, key_fingerprint, compared_up_to) VALUES ($1, $2, $3::timestamptz)
ON CONFLICT (account_id, key_fingerprint) DO UPDATE SET compared_up_to = greatest(l.compared_up_to, excluded.compared_up_to)
