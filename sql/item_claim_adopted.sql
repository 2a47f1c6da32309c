UPDATE smelt.item SET status = 1, claimable = false, batch_id = $3
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM smelt.item
                          WHERE pipeline_id = $1 AND task_id = $2 AND claimable AND record_id = ANY ($4::bigint[])
                          FOR UPDATE SKIP LOCKED))
   AND claimable
