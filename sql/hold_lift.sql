UPDATE smelt.hold SET lifted_at = clock_timestamp()
 WHERE lifted_at IS NULL AND (until IS NULL OR until > clock_timestamp())
   AND (pipeline_id = $1 OR task_id IN (SELECT id FROM smelt.task WHERE pipeline_id = $1)
        OR account_id IN (SELECT account_id FROM smelt.pipeline WHERE id = $1)
        OR account_id IN (SELECT account_id FROM smelt.batch WHERE pipeline_id = $1 AND state < 5))
RETURNING reason
