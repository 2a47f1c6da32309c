-- What an answer does to its item.

-- name: attempt_drop(pipeline_id, batch_id, records)
-- Of this transaction: a rule does not hold for them, so they are written anew.
DELETE FROM smelt.attempt WHERE pipeline_id = :pipeline_id AND batch_id = :batch_id AND record_id = ANY (:records::bigint[])

-- name: item_accept(pipeline_id, task_id, batch_id, records, doubtful)
-- doubtful: those of the records whose answers wait for a person.
UPDATE smelt.item
   SET status = :extracted, accepted_batch_id = :batch_id, rendered_hash = NULL, outdated = false,
       review = CASE WHEN record_id = ANY (:doubtful::bigint[]) THEN :review_wanted ELSE :review_none END::"char"
 WHERE pipeline_id = :pipeline_id AND task_id = :task_id AND record_id = ANY (:records::bigint[]) AND batch_id = :batch_id
   AND status = :submitted AND NOT stale

-- name: item_effects(pipeline_id, task_id, batch_id, records, effects, is_last_rung, attempts_allowed, deliveries_allowed, backoff_ms, reopen_times, reopen_ms)
-- same: asked again on the same rung, or by the fallback (rung -1). climbs: on the next one. reopens: all is used up, and it is asked
-- again from the first rung on, after a while. What would be asked again although a filter has taken its record away meanwhile is skipped.
WITH change AS (
    SELECT i.ctid AS place, i.stale, i.rung, i.attempts, i.deliveries, i.reopened, e.effect, u.climbs, w.reopens,
           i.stale OR u.same OR u.climbs OR w.reopens AS again, r.skip
      FROM unnest(:records::bigint[], :effects::smallint[]) AS e (record_id, effect)
      JOIN smelt.item AS i ON i.pipeline_id = :pipeline_id AND i.task_id = :task_id AND i.record_id = e.record_id
     CROSS JOIN LATERAL (
           SELECT e.effect = :effect_climb OR (e.effect = :effect_spend_attempt AND i.attempts + 1 >= :attempts_allowed) AS is_used_up,
                  e.effect = :effect_spend_delivery AND i.deliveries + 1 >= :deliveries_allowed AS is_undeliverable) AS f
     CROSS JOIN LATERAL (
           SELECT e.effect <> :effect_fail AND NOT f.is_used_up AND NOT f.is_undeliverable AS same,
                  f.is_used_up AND NOT :is_last_rung::boolean AND NOT i.stale AS climbs) AS u
     CROSS JOIN LATERAL (
           SELECT (f.is_used_up OR f.is_undeliverable) AND NOT u.climbs AND NOT i.stale AND i.reopened < :reopen_times AS reopens) AS w
      LEFT JOIN smelt.record AS r ON (i.stale OR u.same OR u.climbs OR w.reopens) AND r.pipeline_id = i.pipeline_id AND r.id = i.record_id
     WHERE i.batch_id = :batch_id AND i.status = :submitted)
UPDATE smelt.item AS i
   SET status = CASE WHEN c.skip IS NOT NULL THEN :skipped
                     WHEN c.stale OR c.effect IN (:effect_requeue, :effect_fall_back) OR (c.effect = :effect_spend_delivery AND c.again) THEN :pending
                     WHEN c.effect IN (:effect_spend_attempt, :effect_enlarge) OR c.again THEN :failed_validation ELSE :failed END,
       claimable = c.again AND c.skip IS NULL,
       skip_reason = coalesce(c.skip, i.skip_reason),
       batch_id = CASE WHEN c.again THEN NULL ELSE i.batch_id END,
       rung = CASE WHEN c.stale OR c.reopens THEN 0 WHEN c.climbs THEN greatest(c.rung, 0) + 1 WHEN c.effect = :effect_fall_back THEN -1 ELSE c.rung END,
       attempts = CASE WHEN c.stale OR c.climbs OR c.reopens THEN 0
                       WHEN c.effect IN (:effect_spend_attempt, :effect_enlarge, :effect_climb) THEN c.attempts + 1
                       ELSE c.attempts END,
       deliveries = CASE WHEN c.stale OR c.climbs OR c.reopens OR c.effect = :effect_fall_back THEN 0
                         WHEN c.effect = :effect_spend_delivery THEN c.deliveries + 1 ELSE c.deliveries END,
       reopened = CASE WHEN c.stale THEN 0 WHEN c.reopens THEN c.reopened + 1 ELSE c.reopened END,
       not_before = CASE WHEN c.reopens THEN clock_timestamp() + :reopen_ms::bigint * interval '1 millisecond'
                         WHEN c.effect = :effect_spend_delivery AND c.again AND NOT c.stale
                         THEN clock_timestamp() + (:backoff_ms::bigint * (1 << least(c.deliveries, 6)::int)) * interval '1 millisecond'
                         ELSE '-infinity' END,
       stale = false, rendered_hash = NULL
  FROM change AS c
 WHERE i.ctid = c.place AND i.batch_id = :batch_id AND i.status = :submitted

-- name: item_requeue_stale(pipeline_id, task_id, batch_id, records)
-- The record, or an answer that it needs, has changed while the answer was on its way: the answer stays as an attempt, and the item
-- starts over, or ends where a filter has taken the record away.
UPDATE smelt.item AS i
   SET status = CASE WHEN r.skip IS NULL THEN :pending ELSE :skipped END, claimable = r.skip IS NULL, skip_reason = r.skip,
       batch_id = NULL, stale = false, rendered_hash = NULL, rung = 0, attempts = 0, deliveries = 0, reopened = 0
  FROM smelt.item AS o
  LEFT JOIN smelt.record AS r ON r.pipeline_id = o.pipeline_id AND r.id = o.record_id
 WHERE i.pipeline_id = :pipeline_id AND i.task_id = :task_id AND i.record_id = ANY (:records::bigint[]) AND i.batch_id = :batch_id
   AND i.status = :submitted AND i.stale
   AND o.pipeline_id = i.pipeline_id AND o.task_id = i.task_id AND o.record_id = i.record_id

-- name: score_correct_replaced(pipeline_id, task_id, batch_id, records)
-- Before these items get another answer.
INSERT INTO smelt.score_correction (task_id, answers, score)
SELECT :task_id, count(*), sum(a.score)
  FROM smelt.item AS i
  JOIN smelt.attempt AS a ON a.pipeline_id = i.pipeline_id AND a.batch_id = i.accepted_batch_id AND a.record_id = i.record_id
  JOIN smelt.batch AS b ON b.id = i.accepted_batch_id AND b.kind = :kind_provider
 WHERE i.pipeline_id = :pipeline_id AND i.task_id = :task_id AND i.record_id = ANY (:records::bigint[]) AND i.batch_id = :batch_id
   AND i.status = :submitted AND NOT i.stale
   AND i.accepted_batch_id <> i.batch_id
HAVING count(*) > 0

-- name: score_correct_stale(pipeline_id, task_id, batch_id, records)
-- After their items have started over, or were deleted: answers that are no results.
INSERT INTO smelt.score_correction (task_id, answers, score)
SELECT :task_id, count(*), sum(a.score)
  FROM smelt.attempt AS a
 WHERE a.pipeline_id = :pipeline_id AND a.batch_id = :batch_id AND a.record_id = ANY (:records::bigint[]) AND a.outcome = :accepted
   AND NOT EXISTS (SELECT FROM smelt.item AS i
                    WHERE i.pipeline_id = :pipeline_id AND i.task_id = :task_id AND i.record_id = a.record_id
                    AND i.accepted_batch_id = :batch_id)
HAVING count(*) > 0
