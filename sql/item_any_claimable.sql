-- Whether anything waits, now or later, by the counts: the index would be read past all that was claimed just before.
SELECT EXISTS (SELECT FROM smelt.item_counts WHERE pipeline_id = $1 AND task_id = $2 AND claimable AND items > 0)
