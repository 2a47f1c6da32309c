SELECT id, name, file, account_id, array_to_json(content_fields)::text AS content_fields, prefilter_hash, key_fingerprint FROM smelt.pipeline WHERE name = $1
