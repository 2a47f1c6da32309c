SELECT path, id, size, mtime_ns FROM smelt.source_file WHERE pipeline_id = $1
