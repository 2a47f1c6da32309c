INSERT INTO smelt.account (provider, base_url) VALUES ($1, $2)
ON CONFLICT (provider, base_url) DO UPDATE SET base_url = excluded.base_url
RETURNING id
