UPDATE smelt.source_file SET records = $2 WHERE id = $1
