UPDATE smelt.pipeline SET listed_at = greatest(listed_at, $2::timestamptz) WHERE id = $1
