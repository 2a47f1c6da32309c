INSERT INTO smelt.account (provider, base_url, organization, project) VALUES ($1, $2, $3, $4)
ON CONFLICT (provider, base_url, organization, project) DO UPDATE SET base_url = excluded.base_url
RETURNING id
