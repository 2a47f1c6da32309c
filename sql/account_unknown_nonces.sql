SELECT nonce
  FROM unnest($1::text[]) AS listed (nonce)
 WHERE NOT EXISTS (SELECT FROM smelt.batch AS b WHERE b.nonce = listed.nonce)
