-- Tasks that need the answers of other tasks. Who takes an answer away or replaces it changes the items that depend on it in the
-- same transaction; what may go on then is looked at by a step of its own, through smelt.item_due.

-- name: graph_has_needs(task_id, needs)
-- Whether the task needs what a run knows of it: the file may have been read anew since, or the pipeline forgotten.
SELECT t.needs @> :needs::int[] AND t.needs <@ :needs::int[]
       AND NOT EXISTS (SELECT FROM smelt.pipeline AS p WHERE p.id = t.pipeline_id AND p.forgotten_at IS NOT NULL)
  FROM smelt.task AS t WHERE t.id = :task_id

-- name: graph_downstream(task_id)
-- Tasks that need this one, directly or not, in the order in which items are locked.
SELECT id FROM smelt.task WHERE ancestors @> ARRAY[:task_id::int] ORDER BY position, id

-- name: graph_lock(pipeline_id, task_id, records)
-- Items of all tasks downstream. Statements that follow see what others have done before they let go of these.
SELECT FROM smelt.item AS i
  JOIN smelt.task AS t ON t.id = i.task_id
 WHERE i.pipeline_id = :pipeline_id AND i.record_id = ANY (:records::bigint[])
   AND i.task_id = ANY (ARRAY(SELECT d.id FROM smelt.task AS d WHERE d.ancestors @> ARRAY[:task_id::int]))
 ORDER BY t.position, i.task_id, i.record_id FOR UPDATE OF i

-- name: graph_replaced(pipeline_id, task_id, records)
-- These records have another accepted answer of the task: what was rendered from other values does not hold any more.
UPDATE smelt.item AS i
   SET stale = i.status = :submitted,
       review = CASE WHEN smelt.is_protected(i) THEN :review_overtaken::"char" ELSE i.review END,
       status = CASE WHEN i.status = :submitted OR smelt.is_protected(i) THEN i.status ELSE :waiting END,
       claimable = false,
       batch_id = CASE WHEN i.status = :submitted OR smelt.is_protected(i) THEN i.batch_id END
  FROM smelt.task AS t
 WHERE t.pipeline_id = :pipeline_id AND t.needs @> ARRAY[:task_id::int]
   AND i.pipeline_id = :pipeline_id AND i.task_id = t.id AND i.record_id = ANY (:records::bigint[])
   AND (i.claimable
        OR (i.status IN (:submitted, :extracted) AND NOT i.stale AND i.built_from IS NOT NULL
            AND smelt.parts_differ(:pipeline_id, i.record_id,
                                   (SELECT b.task_version_id FROM smelt.batch AS b WHERE b.id = coalesce(i.batch_id, i.accepted_batch_id)),
                                   i.built_from)))

-- name: graph_hold_back(pipeline_id, task_id, records)
-- Of one task downstream: what may be sent or has an answer waits where a needed answer is away; an answer that a person has judged stays,
-- overtaken. records null: all of them. Returns how many wait now.
WITH chosen AS MATERIALIZED (
    SELECT i.record_id, smelt.is_protected(i) AS stays
      FROM smelt.item AS i
      JOIN smelt.task AS t ON t.id = i.task_id
     WHERE i.pipeline_id = :pipeline_id AND i.task_id = :task_id AND (:records::bigint[] IS NULL OR i.record_id = ANY (:records::bigint[]))
       AND (i.claimable OR i.status = :extracted) AND NOT (smelt.is_protected(i) AND i.review = :review_overtaken)
       AND EXISTS (SELECT FROM unnest(t.needs) AS n (id)
                     LEFT JOIN smelt.item AS u ON u.pipeline_id = :pipeline_id AND u.task_id = n.id AND u.record_id = i.record_id
                    WHERE u.status IS DISTINCT FROM :extracted)
     ORDER BY i.record_id FOR UPDATE OF i),
changed AS (
    UPDATE smelt.item AS i
       SET status = CASE WHEN c.stays THEN i.status ELSE :waiting END, claimable = false,
           batch_id = CASE WHEN c.stays THEN i.batch_id END,
           review = CASE WHEN c.stays THEN :review_overtaken::"char" ELSE i.review END
      FROM chosen AS c
     WHERE i.pipeline_id = :pipeline_id AND i.task_id = :task_id AND i.record_id = c.record_id
    RETURNING c.stays)
SELECT count(*) FROM changed WHERE NOT stays

-- name: graph_gate(pipeline_id, task_id, records)
-- After a slice: what is to be sent again has to be looked at first, and an answer to what its needs were may come after they are gone.
WITH gated AS (
    UPDATE smelt.item AS i
       SET status = :waiting, claimable = false, batch_id = NULL
      FROM smelt.task AS t
     WHERE t.id = :task_id AND t.gated
       AND i.pipeline_id = :pipeline_id AND i.task_id = :task_id AND i.record_id = ANY (:records::bigint[])
       AND (i.claimable
            OR (i.status = :extracted
                AND EXISTS (SELECT FROM unnest(t.needs) AS n (id)
                              LEFT JOIN smelt.item AS u ON u.pipeline_id = :pipeline_id AND u.task_id = n.id AND u.record_id = i.record_id
                             WHERE u.status IS DISTINCT FROM :extracted)))
    RETURNING i.record_id)
INSERT INTO smelt.item_due (pipeline_id, task_id, record_id) SELECT :pipeline_id, :task_id, record_id FROM gated

-- name: graph_hold_incomplete(pipeline_id, task_id, records)
-- What is to be sent again of a record whose source has lost a part of it waits for that.
UPDATE smelt.item AS i
   SET status = :waiting, claimable = false, batch_id = NULL
  FROM smelt.record AS r
 WHERE r.pipeline_id = :pipeline_id AND r.id = ANY (:records::bigint[]) AND r.incomplete IS NOT NULL
   AND i.pipeline_id = :pipeline_id AND i.task_id = :task_id AND i.record_id = r.id AND i.claimable

-- name: graph_built(pipeline_id, task_id, batch_id, records, built_from)
-- What the requests of a batch were rendered from. The items are locked already; where a need has lost or changed its answer since it
-- was read, the answer will be stale.
UPDATE smelt.item AS i
   SET built_from = s.built_from::jsonb,
       stale = i.stale OR s.built_from::jsonb IS DISTINCT FROM (
           SELECT jsonb_object_agg(u.task_id::text, u.accepted_batch_id) FILTER (WHERE u.status = :extracted)
             FROM smelt.task AS t
             JOIN smelt.item AS u ON u.pipeline_id = :pipeline_id AND u.task_id = ANY (t.needs) AND u.record_id = s.record_id
            WHERE t.id = :task_id)
  FROM unnest(:records::bigint[], :built_from::text[]) AS s (record_id, built_from)
 WHERE i.pipeline_id = :pipeline_id AND i.task_id = :task_id AND i.record_id = s.record_id AND i.batch_id = :batch_id
   AND i.status = :submitted

-- name: graph_reconsider(pipeline_id, task_id)
-- Its needs or its condition are others now: what is not finished is looked at again.
WITH chosen AS MATERIALIZED (
    SELECT i.record_id, t.gated OR EXISTS (SELECT FROM smelt.record AS r
                                            WHERE r.pipeline_id = :pipeline_id AND r.id = i.record_id AND r.incomplete IS NOT NULL) AS gated,
           i.accepted_batch_id IS NOT NULL AND NOT i.outdated AS keeps
      FROM smelt.item AS i
      JOIN smelt.task AS t ON t.id = i.task_id
     WHERE i.pipeline_id = :pipeline_id AND i.task_id = :task_id
       AND (i.claimable OR i.status = :waiting OR (i.status = :skipped AND i.skip_reason ~ '^(when(:|$)|needs )'))
     ORDER BY i.record_id FOR UPDATE OF i)
UPDATE smelt.item AS i
   SET status = CASE WHEN c.gated THEN :waiting WHEN c.keeps THEN :extracted WHEN i.attempts > 0 OR i.rung > 0 THEN :failed_validation ELSE :pending END,
       claimable = NOT c.gated AND NOT c.keeps, batch_id = CASE WHEN c.keeps AND NOT c.gated THEN i.accepted_batch_id END,
       skip_reason = NULL
  FROM chosen AS c
 WHERE i.pipeline_id = :pipeline_id AND i.task_id = :task_id AND i.record_id = c.record_id

-- name: due_add_waiting(pipeline_id, task_id)
INSERT INTO smelt.item_due (pipeline_id, task_id, record_id)
SELECT pipeline_id, task_id, record_id FROM smelt.item WHERE pipeline_id = :pipeline_id AND task_id = :task_id AND status = :waiting

-- name: due_add_dependents(pipeline_id, task_id, records)
INSERT INTO smelt.item_due (pipeline_id, task_id, record_id)
SELECT :pipeline_id, t.id, r.id
  FROM smelt.task AS t
 CROSS JOIN unnest(:records::bigint[]) AS r (id)
 WHERE t.pipeline_id = :pipeline_id AND t.needs @> ARRAY[:task_id::int]

-- name: due_add(pipeline_id, task_id, records)
INSERT INTO smelt.item_due (pipeline_id, task_id, record_id)
SELECT :pipeline_id, :task_id, r.id FROM unnest(:records::bigint[]) AS r (id)

-- name: due_lock(pipeline_id)
-- One run at a time looks at a pipeline's.
SELECT pg_try_advisory_xact_lock(hashtext('smelt.due'), :pipeline_id)

-- name: due_any(pipeline_id)
SELECT EXISTS (SELECT FROM smelt.item_due WHERE pipeline_id = :pipeline_id)

-- name: due_take(pipeline_id, most)
-- Of the oldest, those of the task that comes first in the graph.
WITH oldest AS MATERIALIZED (
    SELECT id, task_id FROM smelt.item_due WHERE pipeline_id = :pipeline_id ORDER BY id LIMIT :most),
first AS (
    SELECT t.id, t.condition FROM smelt.task AS t WHERE t.id IN (SELECT task_id FROM oldest) ORDER BY t.position, t.id LIMIT 1),
taken AS (
    DELETE FROM smelt.item_due
     WHERE id = ANY (ARRAY(SELECT o.id FROM oldest AS o JOIN first AS f ON f.id = o.task_id))
    RETURNING record_id)
SELECT DISTINCT f.id AS task_id, f.condition, d.record_id
  FROM taken AS d
 CROSS JOIN first AS f
 ORDER BY d.record_id

-- name: due_look(pipeline_id, task_id, records)
-- What a verdict about each item rests on: its record as it is now, and the answers that it needs. complete: they are all there.
-- gone: a needed task was skipped, so there will be none.
SELECT r.id AS record_id, r.xmin::text AS seen, coalesce(n.complete, true) AS complete, n.gone, n.built_from::text AS built_from,
       CASE WHEN t.condition <> '' THEN r.fields::text END AS fields,
       CASE WHEN t.condition <> '' THEN coalesce(n.tasks, '{}')::text END AS tasks,
       CASE WHEN t.condition <> '' THEN coalesce(r.evidence, '{}')::text END AS evidence,
       CASE WHEN r.decision ->> 'task' = t.name THEN (r.decision -> 'output')::text END AS decided, r.decision ->> 'pack' AS pack
  FROM smelt.task AS t
  JOIN smelt.record AS r ON r.pipeline_id = :pipeline_id AND r.id = ANY (:records::bigint[]) AND r.skip IS NULL AND r.incomplete IS NULL
  LEFT JOIN LATERAL (
       SELECT count(*) FILTER (WHERE u.status = :extracted) = count(*) AS complete,
              min(nt.name) FILTER (WHERE u.status = :skipped) AS gone,
              jsonb_object_agg(nt.id::text, u.accepted_batch_id) FILTER (WHERE u.status = :extracted) AS built_from,
              jsonb_object_agg(nt.name, a.output) AS tasks
         FROM smelt.task AS nt
         LEFT JOIN smelt.item AS u ON u.pipeline_id = :pipeline_id AND u.task_id = nt.id AND u.record_id = r.id
         LEFT JOIN smelt.attempt AS a ON a.pipeline_id = :pipeline_id AND a.batch_id = u.accepted_batch_id AND a.record_id = r.id
        WHERE nt.id = ANY (t.needs)) AS n ON t.needs <> '{}'
 WHERE t.id = :task_id
 ORDER BY r.id

-- name: due_lock_items(pipeline_id, task_id, records)
SELECT FROM smelt.item
 WHERE pipeline_id = :pipeline_id AND task_id = :task_id AND record_id = ANY (:records::bigint[])
 ORDER BY record_id FOR UPDATE

-- name: due_still(pipeline_id, task_id, records, seen, built_from)
-- Those about which the verdict still rests on what is there.
SELECT j.record_id
  FROM unnest(:records::bigint[], :seen::text[], :built_from::text[]) AS j (record_id, seen, built_from)
  JOIN smelt.task AS t ON t.id = :task_id
  JOIN smelt.record AS r ON r.pipeline_id = :pipeline_id AND r.id = j.record_id
 WHERE r.xmin::text = j.seen AND r.skip IS NULL AND r.incomplete IS NULL
   AND j.built_from::jsonb IS NOT DISTINCT FROM (
       SELECT jsonb_object_agg(u.task_id::text, u.accepted_batch_id) FILTER (WHERE u.status = :extracted)
         FROM smelt.item AS u
        WHERE u.pipeline_id = :pipeline_id AND u.task_id = ANY (t.needs) AND u.record_id = j.record_id)

-- name: due_settle(pipeline_id, task_id, records, reasons)
-- The verdicts: a reason skips the item, null lets it go on. An item that waited keeps the answer that it has where that was made
-- from the same values; what is on its way and was not, or is not wanted any more, becomes stale.
WITH judged AS (
    SELECT i.record_id, i.status AS former, j.reason,
           i.built_from IS NOT NULL
           AND smelt.parts_differ(:pipeline_id, i.record_id,
                                  (SELECT b.task_version_id FROM smelt.batch AS b
                                    WHERE b.id = coalesce(CASE WHEN i.status = :submitted THEN i.batch_id END, i.accepted_batch_id, i.batch_id)),
                                  i.built_from) AS differs
      FROM unnest(:records::bigint[], :reasons::text[]) AS j (record_id, reason)
      JOIN smelt.item AS i ON i.pipeline_id = :pipeline_id AND i.task_id = :task_id AND i.record_id = j.record_id
     WHERE i.status <> :skipped OR i.skip_reason ~ '^(when(:|$)|needs )'),
decided AS (
    SELECT j.*,
           CASE WHEN i.status = :submitted THEN CASE WHEN j.reason IS NOT NULL OR j.differs THEN :submitted END
                WHEN j.reason IS NOT NULL THEN :skipped
                WHEN smelt.is_protected(i) THEN :extracted
                WHEN i.status IN (:waiting, :skipped) AND i.accepted_batch_id IS NOT NULL AND NOT i.outdated AND NOT j.differs
                THEN :extracted
                WHEN i.status IN (:waiting, :skipped)
                THEN CASE WHEN (i.attempts > 0 OR i.rung > 0) AND NOT j.differs THEN :failed_validation ELSE :pending END
                WHEN i.status IN (:extracted, :failed, :failed_validation) AND NOT i.claimable AND j.differs THEN :pending
           END::smallint AS next
      FROM judged AS j
      JOIN smelt.item AS i ON i.pipeline_id = :pipeline_id AND i.task_id = :task_id AND i.record_id = j.record_id)
UPDATE smelt.item AS i
   SET status = d.next,
       review = CASE WHEN NOT smelt.is_protected(i) OR d.next <> :extracted THEN i.review
                     WHEN d.differs OR NOT smelt.is_judged_on(i, (SELECT r.content_hash FROM smelt.record AS r
                                                                   WHERE r.pipeline_id = :pipeline_id AND r.id = i.record_id))
                     THEN :review_overtaken::"char" ELSE :review_given::"char" END,
       stale = d.next = :submitted,
       claimable = d.next IN (:pending, :failed_validation),
       skip_reason = CASE WHEN d.next = :skipped THEN d.reason END,
       batch_id = CASE d.next WHEN :submitted THEN i.batch_id WHEN :extracted THEN i.accepted_batch_id END,
       outdated = i.outdated OR (d.next = :pending AND i.accepted_batch_id IS NOT NULL),
       rung = CASE WHEN d.next <> :pending OR (i.rung < 0 AND NOT d.differs) THEN i.rung ELSE 0 END,
       reopened = CASE WHEN d.next = :pending AND d.differs THEN 0 ELSE i.reopened END,
       attempts = CASE WHEN d.next = :pending THEN 0 ELSE i.attempts END,
       deliveries = CASE WHEN d.next = :pending AND d.differs THEN 0 ELSE i.deliveries END
  FROM decided AS d
 WHERE i.pipeline_id = :pipeline_id AND i.task_id = :task_id AND i.record_id = d.record_id AND d.next IS NOT NULL
RETURNING i.record_id, d.former, d.next

-- name: due_decidable(pipeline_id, task_id, records)
-- Of locked items, those that a rule pack may answer: what is on its way or has an answer that stands is left alone.
SELECT i.record_id, i.status AS former, i.accepted_batch_id
  FROM smelt.item AS i
 WHERE i.pipeline_id = :pipeline_id AND i.task_id = :task_id AND i.record_id = ANY (:records::bigint[])
   AND i.status NOT IN (:submitted, :extracted) AND NOT smelt.is_protected(i)

-- name: due_decide_batch(pipeline_id, task_id, requests, replaces, pack)
INSERT INTO smelt.batch (pipeline_id, task_id, task_version_id, state, kind, model, name, claimed, sent, replaces, accepted, cost_picousd, ended_at,
                         closed_at, files_deleted_at)
SELECT :pipeline_id, t.id, t.current_version_id, :closed, :kind_rules, 'rules', :pack, :requests, :requests, :replaces, :requests, 0,
       clock_timestamp(), clock_timestamp(), clock_timestamp()
  FROM smelt.task AS t
 WHERE t.id = :task_id
RETURNING id

-- name: due_decide_attempts(pipeline_id, task_id, batch_id, records, outputs, built_from)
INSERT INTO smelt.attempt (pipeline_id, task_id, batch_id, record_id, outcome, cause, score, cost_picousd, output, built_from)
SELECT :pipeline_id, :task_id, :batch_id, j.record_id, :accepted, :cause_none, 1, 0, j.output::jsonb, j.built_from::jsonb
  FROM unnest(:records::bigint[], :outputs::text[], :built_from::text[]) AS j (record_id, output, built_from)

-- name: due_decide_items(pipeline_id, task_id, batch_id, records, built_from)
UPDATE smelt.item AS i
   SET status = :extracted, accepted_batch_id = :batch_id, batch_id = :batch_id, claimable = false, outdated = false, review = :review_none,
       skip_reason = NULL, rung = 0, attempts = 0, deliveries = 0, reopened = 0, built_from = j.built_from::jsonb
  FROM unnest(:records::bigint[], :built_from::text[]) AS j (record_id, built_from)
 WHERE i.pipeline_id = :pipeline_id AND i.task_id = :task_id AND i.record_id = j.record_id
