INSERT INTO smelt.pipeline (name, file) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET file = excluded.file
RETURNING id
