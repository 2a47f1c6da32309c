-- Holds.

-- name: hold_active(task_id, rung, account_id, key_fingerprint)
-- A refused key holds only those who use it; without a fingerprint in :key_fingerprint it is not known which one is used.
SELECT reason, ceil(extract(epoch FROM until - clock_timestamp()) * 1000)::bigint AS remaining_ms,
       until IS NULL AND kind <> 'cancel' AS needs_person, rung
  FROM smelt.hold
 WHERE lifted_at IS NULL AND (until IS NULL OR until > clock_timestamp())
   AND ((task_id = :task_id AND (rung IS NULL OR rung = :rung)) OR (account_id = :account_id AND (key_fingerprint IS NULL OR :key_fingerprint = '' OR key_fingerprint = :key_fingerprint)))
 ORDER BY id

-- name: hold_lift(pipeline_id)
UPDATE smelt.hold SET lifted_at = clock_timestamp()
 WHERE lifted_at IS NULL AND (until IS NULL OR until > clock_timestamp())
   AND (pipeline_id = :pipeline_id OR task_id IN (SELECT id FROM smelt.task WHERE pipeline_id = :pipeline_id)
        OR account_id IN (SELECT account_id FROM smelt.pipeline_account WHERE pipeline_id = :pipeline_id)
        OR account_id IN (SELECT account_id FROM smelt.batch WHERE pipeline_id = :pipeline_id AND state < :closed))
RETURNING reason

-- name: hold_lift_old_key(pipeline_id, account_id, key_fingerprint)
-- The pipeline that was refused has another key now.
UPDATE smelt.hold SET lifted_at = clock_timestamp()
 WHERE lifted_at IS NULL AND pipeline_id = :pipeline_id AND account_id = :account_id AND kind = 'refused'
   AND key_fingerprint <> :key_fingerprint

-- name: hold_place(pipeline_id, task_id, rung, account_id, kind, reason, seconds, key_fingerprint)
INSERT INTO smelt.hold (pipeline_id, task_id, rung, account_id, kind, reason, until, key_fingerprint)
SELECT :pipeline_id, :task_id::int, :rung::smallint, :account_id::int, :kind, :reason, clock_timestamp() + :seconds::bigint * interval '1 millisecond',
    :key_fingerprint::text
 WHERE NOT EXISTS (SELECT FROM smelt.hold AS h
                    WHERE h.task_id IS NOT DISTINCT FROM :task_id::int AND h.account_id IS NOT DISTINCT FROM :account_id::int
                      AND h.rung IS NOT DISTINCT FROM :rung::smallint AND h.kind = :kind
                      AND h.key_fingerprint IS NOT DISTINCT FROM :key_fingerprint::text AND h.lifted_at IS NULL AND h.until IS NULL)
