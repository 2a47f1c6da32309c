INSERT INTO smelt.pipeline (name, file, account_id) VALUES ($1, $2, $3)
ON CONFLICT (name) DO UPDATE SET account_id = excluded.account_id
RETURNING id
