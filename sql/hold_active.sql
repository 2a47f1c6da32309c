-- A refused key holds only those who use it; without a fingerprint in $3 it is not known which one is used.
SELECT reason, ceil(extract(epoch FROM until - clock_timestamp()) * 1000)::bigint AS remaining_ms,
       until IS NULL AND kind <> 'cancel' AS needs_person
  FROM smelt.hold
 WHERE lifted_at IS NULL AND (until IS NULL OR until > clock_timestamp())
   AND (task_id = $1 OR (account_id = $2 AND (key_fingerprint IS NULL OR $3 = '' OR key_fingerprint = $3)))
 ORDER BY id
