SELECT EXISTS (SELECT FROM smelt.item_counts WHERE pipeline_id = $1 AND status = 2 AND items > 0)
