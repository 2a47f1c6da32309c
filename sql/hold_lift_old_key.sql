-- The pipeline that was refused has another key now.
UPDATE smelt.hold SET lifted_at = clock_timestamp()
 WHERE lifted_at IS NULL AND pipeline_id = $1 AND account_id = $2 AND kind = 'refused' AND key_fingerprint <> $3
