-- Files at the provider that nobody needs: of batches that were never created, and of closed ones when that is wished.
-- While a create may still turn up as a late twin, its input file stays.
SELECT id, nonce, key_fingerprint, input_file_id, output_file_id, error_file_id, send_until IS NULL AND input_file_id IS NULL AS unnamed,
       (extract(epoch FROM clock_timestamp() - created_at) * 1000)::bigint AS age
  FROM smelt.batch
 WHERE pipeline_id = $1 AND state >= 5 AND files_removed_at IS NULL AND dispatched IS NULL
   AND CASE WHEN state = 5 THEN $2::boolean
            ELSE send_until IS NULL OR closed_at < clock_timestamp() - $3 * interval '1 millisecond' END
 ORDER BY id LIMIT 100
