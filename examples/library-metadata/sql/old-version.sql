-- What was current is kept, as an old version. What a person has accepted as it is stays current: it is no new version.
UPDATE library.file_metadata AS m
   SET is_current = false
  FROM rows AS r
 WHERE m.file_path = r.key AND m.is_current AND (r.output IS NULL OR m.batch <> r.batch)
