SELECT count(*) FROM smelt.batch WHERE account_id = $1 AND state < 4
