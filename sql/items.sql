-- Items: claiming, rendering, requeueing, and how many there are.

-- name: item_any_claimable(pipeline_id, task_id)
-- Whether anything waits, now or later, by the counts: the index would be read past all that was claimed just before.
SELECT EXISTS (SELECT FROM smelt.item_counts WHERE pipeline_id = :pipeline_id AND task_id = :task_id AND claimable AND items > 0)

-- name: item_claim(pipeline_id, task_id, rung, batch_id, limit)
UPDATE smelt.item SET status = :submitted, claimable = false, batch_id = :batch_id, built_from = NULL
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM smelt.item
                          WHERE pipeline_id = :pipeline_id AND task_id = :task_id AND rung = :rung AND claimable AND not_before <= now()
                          ORDER BY priority, not_before, record_id
                          LIMIT :limit FOR UPDATE SKIP LOCKED))
   AND claimable

-- name: item_claim_adopted(pipeline_id, task_id, batch_id, records)
UPDATE smelt.item SET status = :submitted, claimable = false, batch_id = :batch_id, built_from = NULL
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM smelt.item
                          WHERE pipeline_id = :pipeline_id AND task_id = :task_id AND claimable AND record_id = ANY (:records::bigint[])
                          FOR UPDATE SKIP LOCKED))
   AND claimable

-- name: item_claim_only(pipeline_id, task_id, rung, batch_id, limit, only)
UPDATE smelt.item SET status = :submitted, claimable = false, batch_id = :batch_id, built_from = NULL
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM smelt.item
                          WHERE pipeline_id = :pipeline_id AND task_id = :task_id AND rung = :rung AND claimable AND not_before <= now()
                            AND record_id = ANY (:only::bigint[])
                          LIMIT :limit FOR UPDATE SKIP LOCKED))
   AND claimable

-- name: item_claimable(pipeline_id, task_id, rung, due_only)
SELECT count(*) FROM smelt.item
 WHERE pipeline_id = :pipeline_id AND task_id = :task_id AND rung = :rung AND claimable AND (NOT :due_only OR not_before <= now())

-- name: item_cuts(pipeline_id, task_id, version_id, rung, records)
-- How many answers of each item this task version cut at their token limit, on this rung.
SELECT a.record_id, least(count(*), i.attempts) AS cuts
  FROM smelt.attempt AS a
  JOIN smelt.record AS r ON r.pipeline_id = :pipeline_id AND r.id = a.record_id
  JOIN smelt.item AS i ON i.pipeline_id = :pipeline_id AND i.task_id = :task_id AND i.record_id = a.record_id
  JOIN smelt.batch AS b ON b.id = a.batch_id AND b.task_version_id = :version_id AND b.rung = :rung
 WHERE a.pipeline_id = :pipeline_id AND a.task_id = :task_id AND a.record_id = ANY (:records::bigint[]) AND a.cause = :cause_truncated
   AND i.attempts > 0 AND a.applied_at >= r.changed_at
 GROUP BY a.record_id, i.attempts

-- name: item_hide(pipeline_id, batch_id, records, texts)
INSERT INTO smelt.hidden_text (pipeline_id, batch_id, record_id, texts)
SELECT :pipeline_id, :batch_id, h.record_id, h.texts::jsonb FROM unnest(:records::bigint[], :texts::text[]) AS h (record_id, texts)
ON CONFLICT (pipeline_id, batch_id, record_id) DO UPDATE SET texts = excluded.texts

-- name: item_hidden(pipeline_id, batch_id)
SELECT record_id, texts::text FROM smelt.hidden_text WHERE pipeline_id = :pipeline_id AND batch_id = :batch_id

-- name: item_few(pipeline_id, task_id, rung, most)
-- How many may be claimed now, counted no further than :most.
SELECT count(*) FROM (SELECT FROM smelt.item
                       WHERE pipeline_id = :pipeline_id AND task_id = :task_id AND rung = :rung AND claimable AND not_before <= now()
                       LIMIT :most) AS few

-- name: item_requeue(pipeline_id, task_id, batch_id, records)
-- Or ends, where a filter has taken its record away meanwhile. graph_gate and graph_hold_incomplete follow.
UPDATE smelt.item AS i
   SET status = CASE WHEN r.skip IS NULL THEN :pending ELSE :skipped END, claimable = r.skip IS NULL, skip_reason = r.skip,
       batch_id = NULL, stale = false, rendered_hash = NULL
  FROM smelt.item AS o
  LEFT JOIN smelt.record AS r ON r.pipeline_id = o.pipeline_id AND r.id = o.record_id
 WHERE i.pipeline_id = :pipeline_id AND i.task_id = :task_id AND i.record_id = ANY (:records::bigint[]) AND i.batch_id = :batch_id
   AND i.status = :submitted
   AND o.pipeline_id = i.pipeline_id AND o.task_id = i.task_id AND o.record_id = i.record_id

-- name: item_lock(pipeline_id, task_id, batch_id, records)
SELECT FROM smelt.item
 WHERE pipeline_id = :pipeline_id AND task_id = :task_id AND record_id = ANY (:records::bigint[]) AND batch_id = :batch_id
   AND status = :submitted
 ORDER BY record_id FOR UPDATE

-- name: item_lower(pipeline_id, task_id, last, has_fallback)
-- The ladder has become shorter since they climbed it: there is nobody left to ask. Or the fallback that they wait for is gone.
UPDATE smelt.item
   SET rung = CASE WHEN rung > :last THEN :last ELSE 0 END, status = CASE WHEN rung > :last THEN :failed_validation ELSE status END,
       claimable = rung < 0
 WHERE pipeline_id = :pipeline_id AND task_id = :task_id AND (rung > :last OR (rung < 0 AND NOT :has_fallback::boolean)) AND claimable

-- name: item_next_due(pipeline_id, task_id, rung)
-- Milliseconds until something may be claimed; null when nothing waits. Where nothing is left the counts say so, without
-- a look at what others have claimed since; the order makes the planner read the index and not the table.
SELECT CASE WHEN NOT EXISTS (SELECT FROM smelt.item_counts
                              WHERE pipeline_id = :pipeline_id AND task_id = :task_id AND claimable AND items > 0)
            THEN NULL
            WHEN (SELECT true FROM smelt.item
                   WHERE pipeline_id = :pipeline_id AND task_id = :task_id AND rung = :rung AND claimable AND not_before <= now()
                   ORDER BY priority, not_before, record_id LIMIT 1)
            THEN 0
            ELSE (SELECT ceil(extract(epoch FROM greatest(min(not_before), now()) - now()) * 1000)::bigint
                    FROM smelt.item WHERE pipeline_id = :pipeline_id AND task_id = :task_id AND rung = :rung AND claimable
                  HAVING min(not_before) IS NOT NULL)
       END

-- name: item_outlook(pipeline_id)
-- Of the tasks that the file still names: nothing is sent for the others.
SELECT (SELECT count(*) FROM smelt.batch WHERE pipeline_id = :pipeline_id AND state < :closed),
       coalesce(sum(items) FILTER (WHERE claimable), 0)::bigint,
       coalesce(sum(items) FILTER (WHERE status = :failed OR (status = :failed_validation AND NOT claimable)), 0)::bigint,
       EXISTS (SELECT FROM smelt.item_due WHERE pipeline_id = :pipeline_id)
  FROM smelt.item_counts AS c
  JOIN smelt.task AS t ON t.id = c.task_id AND t.active
 WHERE c.pipeline_id = :pipeline_id

-- name: item_preview(pipeline_id, task_id, rung, most, needs, only)
-- only: null for all.
DECLARE claimed NO SCROLL CURSOR FOR
SELECT i.record_id, i.attempts,
       smelt.template_values(r.fields, n.tasks, r.evidence) AS fields,
       NULL AS raw, NULL AS message, NULL AS changed_at, false AS replaces, 0 AS cuts, NULL AS built_from, true AS ready, NULL AS answer
  FROM (SELECT record_id, attempts FROM smelt.item
         WHERE pipeline_id = :pipeline_id AND task_id = :task_id AND rung = :rung AND claimable
           AND (:only::bigint[] IS NULL OR record_id = ANY (:only::bigint[]))
         ORDER BY priority, not_before, record_id LIMIT :most) AS i
  JOIN smelt.record AS r ON r.pipeline_id = :pipeline_id AND r.id = i.record_id
  LEFT JOIN LATERAL (
       SELECT jsonb_object_agg(nt.name, a.output) AS tasks
         FROM smelt.task AS nt
         JOIN smelt.item AS ni ON ni.pipeline_id = :pipeline_id AND ni.task_id = nt.id AND ni.record_id = i.record_id
         JOIN smelt.attempt AS a ON a.pipeline_id = :pipeline_id AND a.batch_id = ni.accepted_batch_id AND a.record_id = ni.record_id
        WHERE nt.id = ANY (:needs::int[])) AS n ON cardinality(:needs::int[]) > 0

-- name: item_recordless(pipeline_id, task_id, batch_id)
-- Claimed items whose record somebody has deleted can never be rendered.
UPDATE smelt.item AS i
   SET status = :skipped, skip_reason = 'its record was deleted', batch_id = NULL, stale = false, rendered_hash = NULL
 WHERE i.pipeline_id = :pipeline_id AND i.task_id = :task_id AND i.batch_id = :batch_id AND i.status = :submitted
   AND NOT EXISTS (SELECT FROM smelt.record AS r WHERE r.pipeline_id = i.pipeline_id AND r.id = i.record_id)

-- name: item_redo(pipeline_id, task_id, changed_only, replace_reviewed, keys)
-- keys null: of all records; a copy stands for its original. Also an item that waits for an answer that it needs, which is being asked again. Not what a filter, or a
-- source that has the record no more, leaves out. kept: answers that a person has judged stay, unless replace_reviewed.
WITH chosen AS MATERIALIZED (
    SELECT i.record_id, t.gated OR r.incomplete IS NOT NULL AS gated,
           NOT :replace_reviewed::boolean AND smelt.is_protected(i) AS is_kept
      FROM smelt.item AS i
      JOIN smelt.task AS t ON t.id = i.task_id
      JOIN smelt.batch AS b ON b.id = i.accepted_batch_id
      JOIN smelt.record AS r ON r.pipeline_id = i.pipeline_id AND r.id = i.record_id
      JOIN smelt.attempt AS a ON a.pipeline_id = i.pipeline_id AND a.batch_id = i.accepted_batch_id AND a.record_id = i.record_id
     WHERE i.pipeline_id = :pipeline_id AND i.task_id = :task_id
       AND (i.status = :extracted OR (i.status = :waiting AND NOT i.outdated)) AND r.skip IS NULL
       AND (:keys::text[] IS NULL OR r.key = ANY (:keys::text[])
            OR r.id IN (SELECT c.copy_of FROM smelt.record AS c
                         WHERE c.pipeline_id = :pipeline_id AND c.key = ANY (:keys::text[]) AND c.copy_of IS NOT NULL))
       AND (NOT :changed_only::boolean OR b.task_version_id <> t.current_version_id OR r.changed_at > a.applied_at
            OR i.review = :review_overtaken)
     ORDER BY i.record_id FOR UPDATE OF i),
again AS (
    UPDATE smelt.item AS i
       SET status = CASE WHEN c.gated THEN :waiting ELSE :pending END, claimable = NOT c.gated, outdated = true,
           batch_id = NULL, rung = 0, attempts = 0, deliveries = 0, reopened = 0, not_before = '-infinity'
      FROM chosen AS c
     WHERE i.pipeline_id = :pipeline_id AND i.task_id = :task_id AND i.record_id = c.record_id AND NOT c.is_kept
    RETURNING i.record_id, c.gated),
due AS (
    INSERT INTO smelt.item_due (pipeline_id, task_id, record_id) SELECT :pipeline_id, :task_id, record_id FROM again WHERE gated)
SELECT count(*), (SELECT count(*) FROM chosen WHERE is_kept) AS kept FROM again

-- name: item_retry(pipeline_id, task_id, keys)
-- keys null: of all records, but for what a person has rejected for good. Also what would be asked again by itself, later. dependents: what waits for these. What its source asked for too often it may ask for again.
WITH chosen AS MATERIALIZED (
    SELECT i.task_id, i.record_id, t.gated OR k.incomplete IS NOT NULL AS gated
      FROM smelt.item AS i
      JOIN smelt.task AS t ON t.id = i.task_id
      JOIN smelt.record AS k ON k.pipeline_id = i.pipeline_id AND k.id = i.record_id AND k.skip IS NULL
     WHERE i.pipeline_id = :pipeline_id AND i.task_id = :task_id
       AND (i.status = :failed OR (i.status = :failed_validation AND NOT i.claimable)
            OR (i.reopened > 0 AND i.claimable AND i.not_before > clock_timestamp()))
       AND (:keys::text[] IS NOT NULL OR i.skip_reason IS NULL OR i.skip_reason NOT LIKE 'rejected: %')
       AND (:keys::text[] IS NULL
            OR i.record_id = ANY (ARRAY(SELECT coalesce(r.copy_of, r.id) FROM smelt.record AS r
                                         WHERE r.pipeline_id = :pipeline_id AND r.key = ANY (:keys::text[]))))
     ORDER BY i.record_id FOR UPDATE OF i),
again AS (
    UPDATE smelt.item AS i
       SET status = CASE WHEN c.gated THEN :waiting ELSE :pending END, claimable = NOT c.gated, outdated = i.accepted_batch_id IS NOT NULL,
           batch_id = NULL, skip_reason = NULL, rung = 0, attempts = 0, deliveries = 0, reopened = 0, not_before = '-infinity'
      FROM chosen AS c
     WHERE i.pipeline_id = :pipeline_id AND i.task_id = c.task_id AND i.record_id = c.record_id
    RETURNING i.task_id, i.record_id, c.gated),
asked AS (
    UPDATE smelt.record AS r SET again_count = NULL
     WHERE r.pipeline_id = :pipeline_id AND r.id IN (SELECT record_id FROM again) AND r.again_count IS NOT NULL),
due AS (
    INSERT INTO smelt.item_due (pipeline_id, task_id, record_id) SELECT :pipeline_id, task_id, record_id FROM again WHERE gated)
SELECT count(*),
       (SELECT count(*)
          FROM smelt.item AS d
          JOIN smelt.task AS k ON k.id = d.task_id AND k.active AND k.ancestors @> ARRAY[:task_id::int]
         WHERE d.pipeline_id = :pipeline_id AND d.status = :waiting AND d.record_id IN (SELECT record_id FROM again)) AS dependents
  FROM again

-- name: item_sample(pipeline_id, task_id, most, seed)
-- The same records of every task, where they can be sent, so that answers of two tasks can be compared.
SELECT record_id FROM smelt.item
 WHERE pipeline_id = :pipeline_id AND task_id = :task_id AND claimable AND not_before <= now()
 ORDER BY hashint8extended(record_id, :seed), record_id LIMIT :most

-- name: item_stream(pipeline_id, task_id, batch_id, needs)
-- The condition on attempts and rung stands inside, where it saves the look at most records; + 0 keeps the planner from walking the primary
-- key backwards through all batches for each record, which it takes for cheap while statistics are young.
DECLARE claimed NO SCROLL CURSOR FOR
SELECT i.record_id, i.attempts,
       smelt.template_values(r.fields, n.tasks, r.evidence) AS fields,
       CASE WHEN w.at > p.applied_at OR p.applied_at IS NULL THEN w.raw ELSE p.raw END AS raw,
       CASE WHEN w.at > p.applied_at OR p.applied_at IS NULL THEN w.message ELSE p.message END AS message,
       CASE WHEN i.stale THEN r.changed_at::text END AS changed_at,
       i.accepted_batch_id IS NOT NULL AS replaces, p.cuts, n.built_from::text AS built_from, coalesce(n.ready, true) AND r.skip IS DISTINCT FROM 'forgotten' AS ready,
       CASE WHEN w.raw IS NULL AND (w.at > p.applied_at OR p.applied_at IS NULL) THEN w.output END AS answer
  FROM smelt.item AS i
  JOIN smelt.record AS r ON r.pipeline_id = :pipeline_id AND r.id = i.record_id
  LEFT JOIN LATERAL (
       SELECT encode(a.raw, 'hex') AS raw, a.applied_at,
              (SELECT count(*)
                 FROM smelt.attempt AS c
                 JOIN smelt.batch AS cb ON cb.id = c.batch_id
                WHERE c.record_id = i.record_id AND c.pipeline_id = :pipeline_id AND c.task_id = :task_id AND c.cause = :cause_truncated
                  AND c.applied_at >= r.changed_at
                  AND (cb.task_version_id, cb.rung) = (SELECT task_version_id, rung FROM smelt.batch WHERE id = :batch_id)) AS cuts,
              coalesce(a.message, (SELECT string_agg(f.value ->> 'message', E'\n') FROM jsonb_array_elements(a.findings) AS f)) AS message
         FROM smelt.attempt AS a
        WHERE (i.attempts > 0 OR i.rung > 0) AND a.record_id = i.record_id AND a.pipeline_id = :pipeline_id AND a.task_id = :task_id
        AND a.outcome = :rejected
          AND a.applied_at >= r.changed_at
        ORDER BY a.batch_id + 0 DESC LIMIT 1) AS p ON true
  LEFT JOIN LATERAL (
       SELECT v.at, encode(a.raw, 'hex') AS raw, a.output::text AS output, 'a person says: ' || v.reason AS message
         FROM smelt.review AS v
         JOIN smelt.attempt AS a ON a.pipeline_id = :pipeline_id AND a.batch_id = v.batch_id AND a.record_id = v.record_id
        WHERE i.review = :review_given AND i.accepted_batch_id IS NULL
          AND v.pipeline_id = :pipeline_id AND v.task_id = :task_id AND v.record_id = i.record_id AND v.undone_at IS NULL
          AND v.verdict IN (:verdict_rejected, :verdict_failed) AND a.applied_at >= r.changed_at
        ORDER BY v.id DESC LIMIT 1) AS w ON true
  LEFT JOIN LATERAL (
       SELECT jsonb_object_agg(nt.name, a.output) AS tasks, jsonb_object_agg(nt.id::text, ni.accepted_batch_id) AS built_from,
              count(*) FILTER (WHERE ni.status = :extracted) = count(*) AS ready
         FROM smelt.task AS nt
         LEFT JOIN smelt.item AS ni ON ni.pipeline_id = :pipeline_id AND ni.task_id = nt.id AND ni.record_id = i.record_id
         LEFT JOIN smelt.attempt AS a ON a.pipeline_id = :pipeline_id AND a.batch_id = ni.accepted_batch_id AND a.record_id = ni.record_id
        WHERE nt.id = ANY (:needs::int[])) AS n ON cardinality(:needs::int[]) > 0
 WHERE i.pipeline_id = :pipeline_id AND i.batch_id = :batch_id AND i.status = :submitted

-- name: item_submitted_among(pipeline_id, task_id, records)
SELECT count(*) FROM smelt.item WHERE pipeline_id = :pipeline_id AND task_id = :task_id AND record_id = ANY (:records::bigint[])
   AND status = :submitted

-- name: item_unstale(pipeline_id, task_id, batch_id, records, changed_at)
-- Rendered just now from what the record holds since a load that came between claim and rendering. The items are locked
-- first: a later load marks them again after this.
UPDATE smelt.item AS i
   SET stale = false, rendered_hash = NULL
  FROM unnest(:records::bigint[], :changed_at::timestamptz[]) AS s (record_id, changed_at)
  JOIN smelt.record AS r ON r.pipeline_id = :pipeline_id AND r.id = s.record_id AND r.changed_at = s.changed_at AND r.skip IS DISTINCT FROM 'forgotten'
 WHERE i.pipeline_id = :pipeline_id AND i.task_id = :task_id AND i.record_id = s.record_id AND i.batch_id = :batch_id
   AND i.status = :submitted AND i.stale

-- name: status_fold()
WITH folded AS (
    DELETE FROM smelt.status_delta
     WHERE ctid = ANY (ARRAY(SELECT ctid FROM smelt.status_delta LIMIT 100000 FOR UPDATE SKIP LOCKED))
    RETURNING pipeline_id, task_id, status, claimable, review, items)
INSERT INTO smelt.status_base AS b (pipeline_id, task_id, status, claimable, review, items)
SELECT pipeline_id, task_id, status, claimable, review, sum(items) FROM folded GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
ON CONFLICT (pipeline_id, task_id, status, claimable, review) DO UPDATE SET items = b.items + excluded.items

-- name: status_fold_lock()
SELECT pg_try_advisory_xact_lock(hashtext('smelt.status_fold'))
