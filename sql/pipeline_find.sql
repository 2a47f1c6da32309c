SELECT id, name, file, content_fields, prefilter_hash FROM smelt.pipeline WHERE name = $1
