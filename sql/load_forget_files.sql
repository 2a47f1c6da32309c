-- Files that are not in the source any more: one that comes back is read again, for another may have taken its records.
UPDATE smelt.source_file SET mtime_ns = 0 WHERE id = ANY ($1::int[])
