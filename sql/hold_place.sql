INSERT INTO smelt.hold (pipeline_id, task_id, account_id, kind, reason, until, key_fingerprint)
SELECT $1, $2::int, $3::int, $4, $5, clock_timestamp() + $6::bigint * interval '1 millisecond', $7::text
 WHERE NOT EXISTS (SELECT FROM smelt.hold AS h
                    WHERE h.task_id IS NOT DISTINCT FROM $2::int AND h.account_id IS NOT DISTINCT FROM $3::int AND h.kind = $4
                      AND h.key_fingerprint IS NOT DISTINCT FROM $7::text AND h.lifted_at IS NULL AND h.until IS NULL)
