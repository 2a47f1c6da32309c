UPDATE smelt.pipeline SET content_fields = $2::text[], prefilter_hash = $3, loaded_at = clock_timestamp() WHERE id = $1
