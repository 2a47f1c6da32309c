UPDATE smelt.account SET listed_at = greatest(listed_at, $2::timestamptz) WHERE id = $1
