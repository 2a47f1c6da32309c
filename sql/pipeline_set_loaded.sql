UPDATE smelt.pipeline SET file = $2, content_fields = $3::text[], prefilter_hash = $4, loaded_at = clock_timestamp() WHERE id = $1
