UPDATE smelt.pipeline SET key_fingerprint = $2 WHERE id = $1 AND key_fingerprint <> $2
