SELECT remote_id
  FROM unnest($1::text[]) AS listed (remote_id)
 WHERE NOT EXISTS (SELECT FROM smelt.batch AS b WHERE b.remote_id = listed.remote_id)
