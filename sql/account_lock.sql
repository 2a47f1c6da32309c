SELECT id FROM smelt.account WHERE id = $1 FOR UPDATE
