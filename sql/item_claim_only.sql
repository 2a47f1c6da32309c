UPDATE smelt.item SET status = 1, claimable = false, batch_id = $3
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM smelt.item
                          WHERE pipeline_id = $1 AND task_id = $2 AND rung = 0 AND claimable AND not_before <= now()
                            AND record_id = ANY ($5::bigint[])
                          LIMIT $4 FOR UPDATE SKIP LOCKED))
   AND claimable
