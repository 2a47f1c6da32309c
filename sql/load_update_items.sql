-- A changed record starts over: what is on its way becomes stale unless it was rendered from this very content, everything else
-- waits again (or is knocked out). Where the templates name other fields than before, old hashes say nothing.
-- Where only the knock-out changed, waiting and skipped items follow it.
UPDATE smelt.item AS t
   SET stale = t.status = 1 AND coalesce(t.rendered_hash, i.old_hash, '') <> i.content_hash,
       rendered_hash = CASE WHEN t.status = 1 THEN coalesce(t.rendered_hash, i.old_hash, '') END,
       status = CASE WHEN t.status = 1 THEN 1 WHEN i.skip IS NULL THEN 0 ELSE 5 END,
       claimable = t.status <> 1 AND i.skip IS NULL,
       batch_id = CASE WHEN t.status = 1 THEN t.batch_id END,
       skip_reason = CASE WHEN t.status = 1 THEN t.skip_reason ELSE i.skip END,
       attempts = CASE WHEN t.status = 1 THEN t.attempts ELSE 0 END,
       deliveries = CASE WHEN t.status = 1 THEN t.deliveries ELSE 0 END,
       not_before = '-infinity'
  FROM pg_temp.incoming AS i, smelt.task AS k
 WHERE t.pipeline_id = $1 AND t.record_id = i.record_id AND k.id = t.task_id AND t.task_id = $2
   AND (i.change = 1 OR (i.change = 2 AND k.need_task_id IS NULL
                         AND ((t.status = 0 AND i.skip IS NOT NULL) OR (t.status = 5 AND t.skip_reason IS DISTINCT FROM i.skip))))
