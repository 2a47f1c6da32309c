-- Forgetting records: their content goes, the figures of what they have cost stay.

-- name: forget_is_marked(pipeline_id)
SELECT name, to_char(forgotten_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day FROM smelt.pipeline WHERE id = :pipeline_id AND forgotten_at IS NOT NULL

-- name: forget_find(pipeline_id, keys)
-- Records with these keys. Where keys are hashes of rows, equal rows are forgotten together.
SELECT r.id
  FROM smelt.record AS r
  JOIN smelt.pipeline AS p ON p.id = r.pipeline_id
 WHERE r.pipeline_id = :pipeline_id
   AND (r.key = ANY (:keys::text[])
        OR (p.numbers_equal_rows AND split_part(r.key, '-', 1) = ANY (ARRAY(SELECT split_part(k, '-', 1) FROM unnest(:keys::text[]) AS k))))
   AND NOT EXISTS (SELECT FROM smelt.forgotten_request AS f WHERE f.pipeline_id = :pipeline_id AND f.record_id = r.id)
 ORDER BY r.id

-- name: forget_some(pipeline_id, most)
SELECT r.id FROM smelt.record AS r
 WHERE r.pipeline_id = :pipeline_id
   AND NOT EXISTS (SELECT FROM smelt.forgotten_request AS f WHERE f.pipeline_id = :pipeline_id AND f.record_id = r.id)
 ORDER BY r.id LIMIT :most

-- name: forget_unknown(pipeline_id, keys)
-- Keys that no record has and that were not forgotten before.
SELECT k.key
  FROM unnest(:keys::text[]) WITH ORDINALITY AS k (key, place)
  JOIN smelt.pipeline AS p ON p.id = :pipeline_id
 WHERE NOT EXISTS (SELECT FROM smelt.record AS r WHERE r.pipeline_id = :pipeline_id AND r.key = k.key)
   AND NOT EXISTS (SELECT FROM smelt.forgotten_key AS f
                    WHERE f.pipeline_id = :pipeline_id
                      AND f.hash = smelt.forgotten_hash(p, k.key))
 ORDER BY k.place

-- name: forget_counts(pipeline_id, records)
SELECT count(*) AS records,
       coalesce(sum(n.in_flight), 0)::bigint AS in_flight,
       (SELECT count(*) FROM smelt.attempt AS a WHERE a.pipeline_id = :pipeline_id AND a.record_id = ANY (:records::bigint[]) AND a.outcome = :accepted) AS answers,
       (SELECT count(*) FROM smelt.review AS v
         WHERE v.pipeline_id = :pipeline_id AND v.task_id = ANY (ARRAY(SELECT id FROM smelt.task WHERE pipeline_id = :pipeline_id))
           AND v.record_id = ANY (:records::bigint[])) AS reviews,
       (SELECT count(*) FROM smelt.record AS c
         WHERE c.pipeline_id = :pipeline_id AND c.copy_of = ANY (:records::bigint[]) AND c.id <> ALL (:records::bigint[])) AS copies
  FROM smelt.record AS r
  LEFT JOIN LATERAL (
       SELECT count(*) AS in_flight FROM smelt.item AS i
        WHERE i.pipeline_id = :pipeline_id AND i.task_id = ANY (ARRAY(SELECT id FROM smelt.task WHERE pipeline_id = :pipeline_id))
          AND i.record_id = r.id AND i.status = :submitted) AS n ON true
 WHERE r.pipeline_id = :pipeline_id AND r.id = ANY (:records::bigint[])

-- name: forget_lock_items(pipeline_id, records)
-- In the order in which everybody locks items.
SELECT FROM smelt.item AS i
  JOIN smelt.task AS t ON t.id = i.task_id
 WHERE i.pipeline_id = :pipeline_id AND i.task_id = ANY (ARRAY(SELECT id FROM smelt.task WHERE pipeline_id = :pipeline_id))
   AND i.record_id = ANY (:records::bigint[])
 ORDER BY t.position, i.task_id, i.record_id FOR UPDATE OF i

-- name: forget_requests_settled(pipeline_id, records)
-- Requests of forgotten records of which it is known what became of them.
DELETE FROM smelt.forgotten_request AS f
 WHERE f.pipeline_id = :pipeline_id AND f.record_id = ANY (:records::bigint[])
   AND NOT EXISTS (SELECT FROM smelt.item AS i
                    WHERE i.pipeline_id = :pipeline_id AND i.task_id = (SELECT b.task_id FROM smelt.batch AS b WHERE b.id = f.batch_id)
                      AND i.record_id = f.record_id AND i.batch_id = f.batch_id AND i.status = :submitted)

-- name: forget_requests(pipeline_id, records)
INSERT INTO smelt.forgotten_request (pipeline_id, batch_id, record_id)
SELECT i.pipeline_id, i.batch_id, i.record_id
  FROM smelt.item AS i
 WHERE i.pipeline_id = :pipeline_id AND i.task_id = ANY (ARRAY(SELECT id FROM smelt.task WHERE pipeline_id = :pipeline_id))
   AND i.record_id = ANY (:records::bigint[]) AND i.status = :submitted
ON CONFLICT DO NOTHING

-- name: forget_batches(pipeline_id, records)
INSERT INTO smelt.forgotten_batch (pipeline_id, batch_id)
SELECT DISTINCT :pipeline_id::int, x.batch_id
  FROM (SELECT a.batch_id FROM smelt.attempt AS a
          JOIN smelt.batch AS b ON b.id = a.batch_id AND b.kind = :kind_provider
         WHERE a.pipeline_id = :pipeline_id AND a.record_id = ANY (:records::bigint[])
         UNION ALL
        SELECT f.batch_id FROM smelt.forgotten_request AS f WHERE f.pipeline_id = :pipeline_id AND f.record_id = ANY (:records::bigint[])
         UNION ALL
        SELECT m.batch_id FROM smelt.abandoned_request AS m
          JOIN smelt.batch AS b ON b.id = m.batch_id AND b.pipeline_id = :pipeline_id
         WHERE m.record_id = ANY (:records::bigint[])) AS x
ON CONFLICT DO NOTHING

-- name: forget_members(pipeline_id, records)
-- A duplicate job's lines for them are nobody's.
WITH hidden AS (
    DELETE FROM smelt.hidden_text AS h WHERE h.pipeline_id = :pipeline_id AND h.record_id = ANY (:records::bigint[]))
DELETE FROM smelt.abandoned_request AS m
 USING smelt.batch AS b
 WHERE b.id = m.batch_id AND b.pipeline_id = :pipeline_id AND m.record_id = ANY (:records::bigint[])

-- name: forget_keys(pipeline_id, records)
INSERT INTO smelt.forgotten_key (pipeline_id, hash)
SELECT DISTINCT p.id, smelt.forgotten_hash(p, r.key)
  FROM smelt.record AS r
  JOIN smelt.pipeline AS p ON p.id = r.pipeline_id
 WHERE r.pipeline_id = :pipeline_id AND r.id = ANY (:records::bigint[])
   AND NOT EXISTS (SELECT FROM smelt.forgotten_request AS f WHERE f.pipeline_id = :pipeline_id AND f.record_id = r.id)
ON CONFLICT DO NOTHING

-- name: forget_remember(pipeline_id, keys)
-- Keys that no record has.
INSERT INTO smelt.forgotten_key (pipeline_id, hash)
SELECT DISTINCT p.id, smelt.forgotten_hash(p, k)
  FROM smelt.pipeline AS p
 CROSS JOIN unnest(:keys::text[]) AS k
 WHERE p.id = :pipeline_id
ON CONFLICT DO NOTHING

-- name: forget_read_again(pipeline_id, records)
-- The files of these records are read again by the next load.
UPDATE smelt.source_file AS s SET mtime_ns = 0
 WHERE s.pipeline_id = :pipeline_id
   AND s.id IN (SELECT r.source_file_id FROM smelt.record AS r WHERE r.pipeline_id = :pipeline_id AND r.id = ANY (:records::bigint[]))

-- name: forget_is_in(pipeline_id, batch_id)
-- Whether a record was forgotten whose request stands in this batch.
SELECT EXISTS (SELECT FROM smelt.forgotten_request WHERE pipeline_id = :pipeline_id AND batch_id = :batch_id)

-- name: forget_allow(pipeline_id, keys)
-- They may be loaded again. Files are read again for them.
WITH allowed AS (
    DELETE FROM smelt.forgotten_key AS f
     USING smelt.pipeline AS p
     WHERE p.id = :pipeline_id AND f.pipeline_id = p.id
       AND f.hash = ANY (ARRAY(SELECT smelt.forgotten_hash(p, k)
                                 FROM unnest(:keys::text[]) AS k))
    RETURNING f.pipeline_id),
again AS (
    UPDATE smelt.source_file AS s SET mtime_ns = 0, digest_load = 0
     WHERE s.pipeline_id = :pipeline_id AND EXISTS (SELECT FROM allowed)
    RETURNING s.id),
dropped AS (
    DELETE FROM smelt.row_digest AS d WHERE d.source_file_id IN (SELECT id FROM again)),
fetched AS (
    UPDATE smelt.source_round AS r SET definition = '' WHERE r.pipeline_id = :pipeline_id AND EXISTS (SELECT FROM allowed))
SELECT count(*) FROM allowed

-- name: forget_is_forgotten(pipeline_id, key)
SELECT EXISTS (SELECT FROM smelt.pipeline AS p
                 JOIN smelt.forgotten_key AS f ON f.pipeline_id = p.id AND f.hash = smelt.forgotten_hash(p, :key::text)
                WHERE p.id = :pipeline_id)

-- name: forget_hashes(pipeline_id)
SELECT p.forget_salt, p.numbers_equal_rows, encode(f.hash, 'hex') AS hash
  FROM smelt.forgotten_key AS f
  JOIN smelt.pipeline AS p ON p.id = f.pipeline_id
 WHERE f.pipeline_id = :pipeline_id

-- name: forget_tell(pipeline_id, records)
-- What was queued of them says what is not there any more. A stub was told of before.
WITH silent AS (
    DELETE FROM smelt.write_back AS w
     WHERE w.pipeline_id = :pipeline_id AND w.task_id = ANY (ARRAY(SELECT id FROM smelt.task WHERE pipeline_id = :pipeline_id))
       AND w.record_id = ANY (:records::bigint[]) AND w.event <> 32)
INSERT INTO smelt.write_back (pipeline_id, task_id, record_id, event, key)
SELECT :pipeline_id, t.id, r.id, 32, r.key
  FROM smelt.task AS t
  JOIN smelt.record AS r ON r.pipeline_id = :pipeline_id AND r.id = ANY (:records::bigint[])
 WHERE t.pipeline_id = :pipeline_id AND t.write_back_events & 32 <> 0
   AND NOT EXISTS (SELECT FROM smelt.forgotten_request AS f WHERE f.pipeline_id = :pipeline_id AND f.record_id = r.id)
 ORDER BY r.id

-- name: forget_scores(pipeline_id, records)
-- Their answers are no results any more.
INSERT INTO smelt.score_correction (task_id, answers, score)
SELECT i.task_id, count(*), sum(a.score)
  FROM smelt.item AS i
  JOIN smelt.attempt AS a ON a.pipeline_id = :pipeline_id AND a.batch_id = i.accepted_batch_id AND a.record_id = i.record_id
  JOIN smelt.batch AS b ON b.id = i.accepted_batch_id AND b.kind = :kind_provider
 WHERE i.pipeline_id = :pipeline_id AND i.task_id = ANY (ARRAY(SELECT id FROM smelt.task WHERE pipeline_id = :pipeline_id))
   AND i.record_id = ANY (:records::bigint[])
 GROUP BY i.task_id

-- name: forget_items(pipeline_id, records)
DELETE FROM smelt.item AS i
 WHERE i.pipeline_id = :pipeline_id AND i.task_id = ANY (ARRAY(SELECT id FROM smelt.task WHERE pipeline_id = :pipeline_id))
   AND i.record_id = ANY (:records::bigint[]) AND i.status <> :submitted

-- name: forget_items_in_flight(pipeline_id, records)
-- What comes back for them is stale, and of a record that is skipped: nothing is sent again.
UPDATE smelt.item AS i
   SET stale = true, accepted_batch_id = NULL, outdated = false, review = :review_none, skip_reason = NULL, rendered_hash = NULL, built_from = NULL
 WHERE i.pipeline_id = :pipeline_id AND i.task_id = ANY (ARRAY(SELECT id FROM smelt.task WHERE pipeline_id = :pipeline_id))
   AND i.record_id = ANY (:records::bigint[]) AND i.status = :submitted

-- name: forget_attempts(pipeline_id, records)
-- Those that retention has emptied stay counted as its.
UPDATE smelt.attempt AS a
   SET output = NULL, findings = NULL, message = NULL, raw = NULL, line = NULL, built_from = NULL, emptied = 'f'
 WHERE a.pipeline_id = :pipeline_id AND a.record_id = ANY (:records::bigint[]) AND a.emptied IS NULL

-- name: forget_answered(pipeline_id, batch_id)
-- What a slice has just stored of records that were forgotten while they were under way. The slice has locked its items, so that none of
-- them is forgotten behind this.
UPDATE smelt.attempt AS a
   SET output = NULL, findings = NULL, message = NULL, raw = NULL, line = NULL, built_from = NULL, emptied = 'f'
  FROM smelt.forgotten_request AS f
 WHERE f.pipeline_id = :pipeline_id AND f.batch_id = :batch_id
   AND a.pipeline_id = :pipeline_id AND a.batch_id = :batch_id AND a.record_id = f.record_id AND a.emptied IS NULL

-- name: forget_reviews(pipeline_id, records)
WITH leased AS (
    DELETE FROM smelt.review_lease AS l
     WHERE l.pipeline_id = :pipeline_id AND l.task_id = ANY (ARRAY(SELECT id FROM smelt.task WHERE pipeline_id = :pipeline_id))
       AND l.record_id = ANY (:records::bigint[])),
due AS (
    DELETE FROM smelt.item_due AS d WHERE d.pipeline_id = :pipeline_id AND d.record_id = ANY (:records::bigint[]))
DELETE FROM smelt.review AS v
 WHERE v.pipeline_id = :pipeline_id AND v.task_id = ANY (ARRAY(SELECT id FROM smelt.task WHERE pipeline_id = :pipeline_id))
   AND v.record_id = ANY (:records::bigint[])

-- name: forget_fetched(pipeline_id, records)
-- What was fetched about them, and the pages of the lists, which hold something of everybody: the lists are read again. Whoever fetches
-- just now stops.
WITH details AS (
    DELETE FROM smelt.source_fetch AS f
     USING smelt.record AS r
     WHERE r.pipeline_id = :pipeline_id AND r.id = ANY (:records::bigint[])
       AND f.pipeline_id = :pipeline_id AND f.kind = 1 AND f.name = r.key),
pages AS (
    UPDATE smelt.source_fetch AS f SET body = NULL, status = 0, etag = NULL, last_modified = NULL
     WHERE f.pipeline_id = :pipeline_id AND f.kind = 0 AND f.body IS NOT NULL)
UPDATE smelt.source_round AS r SET runner_id = NULL, definition = '', listed = false, complete = false, version = version + 1
 WHERE r.pipeline_id = :pipeline_id

-- name: forget_digests(pipeline_id, records)
WITH files AS MATERIALIZED (
    SELECT DISTINCT r.source_file_id AS id FROM smelt.record AS r
     WHERE r.pipeline_id = :pipeline_id AND r.id = ANY (:records::bigint[]) AND r.source_file_id IS NOT NULL),
dropped AS (
    DELETE FROM smelt.row_digest AS d WHERE d.source_file_id IN (SELECT id FROM files))
UPDATE smelt.source_file AS s SET digest_load = 0 WHERE s.id IN (SELECT id FROM files) AND s.digest_load <> 0

-- name: forget_records(pipeline_id, records)
DELETE FROM smelt.record AS r
 WHERE r.pipeline_id = :pipeline_id AND r.id = ANY (:records::bigint[])
   AND NOT EXISTS (SELECT FROM smelt.forgotten_request AS f WHERE f.pipeline_id = :pipeline_id AND f.record_id = r.id)

-- name: forget_stubs(pipeline_id, records)
-- Of those under way a row without any content stays.
UPDATE smelt.record AS r
   SET key = 'forgotten-' || gen_random_uuid(), fields = '{}', content_hash = '', evidence = NULL, decision = NULL, skip = 'forgotten',
       incomplete = NULL, again_version = NULL, again_count = NULL, dedupe_hash = NULL, copy_of = NULL, row_hash = NULL, source_file_id = NULL,
       line = 0, changed_at = clock_timestamp()
 WHERE r.pipeline_id = :pipeline_id AND r.id = ANY (:records::bigint[]) AND r.skip IS DISTINCT FROM 'forgotten'

-- name: forget_has_left(pipeline_id)
SELECT EXISTS (SELECT FROM smelt.forgotten_request WHERE pipeline_id = :pipeline_id)
       OR EXISTS (SELECT FROM smelt.forgotten_batch AS f
                    JOIN smelt.batch AS b ON b.id = f.batch_id AND b.state >= :closed AND b.error <> 'removed with a forgotten record'
                   WHERE f.pipeline_id = :pipeline_id)

-- name: forget_settled(pipeline_id, most)
-- Stubs of which nothing is under way any more.
SELECT DISTINCT f.record_id
  FROM smelt.forgotten_request AS f
 WHERE f.pipeline_id = :pipeline_id
   AND NOT EXISTS (SELECT FROM smelt.item AS i
                    WHERE i.pipeline_id = :pipeline_id AND i.task_id = ANY (ARRAY(SELECT id FROM smelt.task WHERE pipeline_id = :pipeline_id))
                      AND i.record_id = f.record_id AND i.status = :submitted)
 ORDER BY f.record_id LIMIT :most

-- name: forget_errors(pipeline_id)
-- What a provider said of a batch that is over may quote what it was sent.
UPDATE smelt.batch AS b SET error = 'removed with a forgotten record'
  FROM smelt.forgotten_batch AS f
 WHERE f.pipeline_id = :pipeline_id AND b.id = f.batch_id AND b.state >= :closed AND b.error <> 'removed with a forgotten record'

-- Forgetting a task that the file names no more, or the whole pipeline.

-- name: forget_counts_all(pipeline_id, task_id)
-- task_id null: of all tasks.
SELECT (SELECT CASE WHEN :task_id::int IS NULL THEN (SELECT count(*) FROM smelt.record AS r WHERE r.pipeline_id = :pipeline_id) ELSE 0 END) AS records,
       0 AS in_flight,
       (SELECT count(*) FROM smelt.attempt AS a
         WHERE a.pipeline_id = :pipeline_id AND (:task_id::int IS NULL OR a.task_id = :task_id) AND a.outcome = :accepted AND a.emptied IS NULL) AS answers,
       (SELECT count(*) FROM smelt.review AS v WHERE v.pipeline_id = :pipeline_id AND (:task_id::int IS NULL OR v.task_id = :task_id)) AS reviews,
       0 AS copies

-- name: forget_open_batches(pipeline_id, task_id)
-- task_id null: of all tasks.
SELECT count(*) FROM smelt.batch AS b
 WHERE b.pipeline_id = :pipeline_id AND b.state < :closed AND (:task_id::int IS NULL OR b.task_id = :task_id)

-- name: forget_some_attempts(pipeline_id, task_id, most)
UPDATE smelt.attempt AS a
   SET output = NULL, findings = NULL, message = NULL, raw = NULL, line = NULL, built_from = NULL, emptied = 'f'
 WHERE a.pipeline_id = :pipeline_id
   AND a.ctid = ANY (ARRAY(SELECT x.ctid FROM smelt.attempt AS x
                            WHERE x.pipeline_id = :pipeline_id AND (:task_id::int IS NULL OR x.task_id = :task_id)
                              AND x.emptied IS NULL LIMIT :most))

-- name: forget_some_items(pipeline_id, task_id, most)
DELETE FROM smelt.item AS i
 WHERE i.pipeline_id = :pipeline_id AND i.task_id = :task_id
   AND i.record_id = ANY (ARRAY(SELECT x.record_id FROM smelt.item AS x
                                 WHERE x.pipeline_id = :pipeline_id AND x.task_id = :task_id AND x.status <> :submitted ORDER BY x.record_id LIMIT :most))

-- name: forget_task(pipeline_id, task_id)
-- Its text, and what was said of its answers.
WITH versions AS (
    UPDATE smelt.task_version SET definition = '{}', parts = '[]' WHERE task_id = :task_id),
verdicts AS (
    DELETE FROM smelt.review WHERE pipeline_id = :pipeline_id AND task_id = :task_id),
leases AS (
    DELETE FROM smelt.review_lease WHERE pipeline_id = :pipeline_id AND task_id = :task_id),
events AS (
    DELETE FROM smelt.write_back WHERE pipeline_id = :pipeline_id AND task_id = :task_id AND event <> 32),
due AS (
    DELETE FROM smelt.item_due WHERE pipeline_id = :pipeline_id AND task_id = :task_id),
old_scores AS (
    DELETE FROM smelt.score_correction WHERE task_id = :task_id),
scores AS (
    INSERT INTO smelt.score_correction (task_id, answers, score)
    SELECT :task_id, sum(accepted), sum(score_sum) FROM smelt.batch
     WHERE pipeline_id = :pipeline_id AND task_id = :task_id AND kind = :kind_provider HAVING sum(accepted) > 0),
holds AS (
    DELETE FROM smelt.hold WHERE task_id = :task_id),
batches AS (
    UPDATE smelt.batch SET name = NULL, error = NULL WHERE pipeline_id = :pipeline_id AND task_id = :task_id AND state >= :closed)
UPDATE smelt.task SET condition = '', view_hash = '', active = false WHERE id = :task_id

-- name: forget_lock_tasks(pipeline_id)
-- Nobody claims anything of them until this transaction has ended.
SELECT FROM smelt.task WHERE pipeline_id = :pipeline_id ORDER BY id FOR NO KEY UPDATE

-- name: forget_mark_pipeline(pipeline_id)
WITH idle AS (
    UPDATE smelt.task SET active = false WHERE pipeline_id = :pipeline_id),
files AS (
    INSERT INTO smelt.forgotten_batch (pipeline_id, batch_id)
    SELECT pipeline_id, id FROM smelt.batch WHERE pipeline_id = :pipeline_id AND kind = :kind_provider
    ON CONFLICT DO NOTHING),
batches AS (
    UPDATE smelt.batch SET forgotten_at = clock_timestamp() WHERE pipeline_id = :pipeline_id AND forgotten_at IS NULL)
UPDATE smelt.pipeline SET forgotten_at = coalesce(forgotten_at, clock_timestamp()) WHERE id = :pipeline_id

-- name: forget_drop_attempts(pipeline_id, records)
DELETE FROM smelt.attempt AS a WHERE a.pipeline_id = :pipeline_id AND a.record_id = ANY (:records::bigint[])

-- name: forget_waiting_events(pipeline_id)
SELECT count(*) FROM smelt.write_back WHERE pipeline_id = :pipeline_id

-- name: forget_pipeline(pipeline_id)
-- When its records are gone.
WITH events AS (
    DELETE FROM smelt.write_back WHERE pipeline_id = :pipeline_id),
keys AS (
    DELETE FROM smelt.forgotten_key WHERE pipeline_id = :pipeline_id),
holds AS (
    DELETE FROM smelt.hold WHERE pipeline_id = :pipeline_id),
limits AS (
    DELETE FROM smelt.budget_limit WHERE pipeline_id = :pipeline_id),
pages AS (
    DELETE FROM smelt.source_fetch WHERE pipeline_id = :pipeline_id),
rounds AS (
    DELETE FROM smelt.source_round WHERE pipeline_id = :pipeline_id),
files AS (
    DELETE FROM smelt.source_file WHERE pipeline_id = :pipeline_id)
UPDATE smelt.pipeline SET content_fields = '{}', prefilter_hash = '', columns = '{}', whole_keys = NULL WHERE id = :pipeline_id

-- name: forget_unmark(pipeline_id)
-- The name is free for another beginning. Budgets go on from what was spent.
UPDATE smelt.pipeline SET forgotten_at = NULL WHERE id = :pipeline_id
