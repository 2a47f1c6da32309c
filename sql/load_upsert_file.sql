INSERT INTO smelt.source_file (pipeline_id, path, size, mtime_ns) VALUES ($1, $2, $3, $4)
ON CONFLICT (pipeline_id, path) DO UPDATE SET size = excluded.size, mtime_ns = excluded.mtime_ns, loaded_at = now()
RETURNING id
