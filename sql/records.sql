-- Loading records.

-- name: load_again(pipeline_id)
-- Rows that ask to be sent again, once per version, which stands behind the name of its column and "=". A version is remembered also where
-- nothing is to be done: the row is watched from its first load on, its content has changed (which sends it anyway), or it was not sent
-- yet. A row that is being asked is looked at again when it has answered. What is skipped, or was judged by
-- a person, stays so, which is told once more.
WITH asked AS (
    SELECT r.id, i.again_version, i.change = 1 AS is_changed, split_part(r.again_version, '=', 1) IS NULL AS is_first,
           split_part(r.again_version, '=', 1) IS NOT DISTINCT FROM split_part(i.again_version, '=', 1) AND i.change <> 1 AND r.skip IS NULL
           AND EXISTS (SELECT FROM smelt.item AS t
                         JOIN smelt.task AS k ON k.id = t.task_id AND k.active
                        WHERE t.pipeline_id = :pipeline_id AND t.task_id = k.id AND t.record_id = r.id
                          AND t.status IN (:extracted, :failed, :failed_validation) AND NOT t.claimable
                          AND NOT smelt.is_protected(t)) AS is_due
      FROM pg_temp.incoming AS i
      JOIN smelt.record AS r ON r.pipeline_id = :pipeline_id AND r.id = i.record_id
     WHERE i.again_version IS NOT NULL
       AND (split_part(r.again_version, '=', 1) IS DISTINCT FROM split_part(i.again_version, '=', 1)
            OR (i.again_version NOT LIKE '%=' AND r.again_version <> i.again_version))
       AND NOT EXISTS (SELECT FROM smelt.task AS k
                         JOIN smelt.item AS t ON t.pipeline_id = :pipeline_id AND t.task_id = k.id AND t.record_id = r.id
                        WHERE k.pipeline_id = :pipeline_id AND t.status = :submitted)),
stays AS MATERIALIZED (
    SELECT k.id AS task_id, k.write_back_events, a.id, t.status, t.skip_reason, t.accepted_batch_id, t.status = :extracted AS is_judged
      FROM asked AS a
      JOIN smelt.task AS k ON k.pipeline_id = :pipeline_id AND k.active
      JOIN smelt.item AS t ON t.pipeline_id = :pipeline_id AND t.task_id = k.id AND t.record_id = a.id
                          AND (t.status = :skipped OR (t.status = :extracted AND smelt.is_protected(t)))
     WHERE NOT a.is_first AND NOT a.is_changed AND a.again_version NOT LIKE '%='),
told AS (
    INSERT INTO smelt.write_back (pipeline_id, task_id, record_id, batch_id, event, reason)
    SELECT :pipeline_id, s.task_id, s.id, CASE WHEN s.is_judged THEN s.accepted_batch_id END, CASE WHEN s.is_judged THEN 1 ELSE 8 END, s.skip_reason
      FROM stays AS s
     WHERE s.write_back_events & CASE WHEN s.is_judged THEN 1 ELSE 8 END <> 0)
UPDATE smelt.record AS r
   SET again_version = a.again_version,
       again_count = CASE WHEN a.is_due THEN least(coalesce(r.again_count, 0) + 1, 32767) ELSE r.again_count END
  FROM asked AS a
 WHERE r.pipeline_id = :pipeline_id AND r.id = a.id
RETURNING r.id, r.key, r.again_count, a.is_due, EXISTS (SELECT FROM stays AS s WHERE s.id = r.id AND s.is_judged) AS is_judged

-- name: load_again_overtaken(pipeline_id, task_id, records)
-- Their rows ask to be sent again, but a person has judged their answers.
WITH locked AS MATERIALIZED (
    SELECT t.record_id FROM smelt.item AS t
     WHERE t.pipeline_id = :pipeline_id AND t.task_id = :task_id AND t.record_id = ANY (:records::bigint[]) AND smelt.is_protected(t)
     ORDER BY t.record_id FOR UPDATE)
UPDATE smelt.item AS t SET review = :review_overtaken
  FROM locked
 WHERE t.pipeline_id = :pipeline_id AND t.task_id = :task_id AND t.record_id = locked.record_id AND t.status = :extracted

-- name: load_again_forget(pipeline_id)
-- The source says no more when a row asks.
UPDATE smelt.record SET again_version = NULL, again_count = NULL WHERE pipeline_id = :pipeline_id AND again_version IS NOT NULL

-- name: load_again_ends(pipeline_id, task_id, records, reason)
-- Asked for too often. What is at the provider is collected.
WITH locked AS MATERIALIZED (
    SELECT t.record_id FROM smelt.item AS t
     WHERE t.pipeline_id = :pipeline_id AND t.task_id = :task_id AND t.record_id = ANY (:records::bigint[])
     ORDER BY t.record_id FOR UPDATE)
UPDATE smelt.item AS t
   SET status = :failed, skip_reason = :reason
  FROM locked
 WHERE t.pipeline_id = :pipeline_id AND t.task_id = :task_id AND t.record_id = locked.record_id
   AND t.status IN (:extracted, :failed, :failed_validation) AND NOT t.claimable
   AND NOT smelt.is_protected(t)

-- name: load_is_large(pipeline_id)
-- Whether the staged rows are many of those that the pipeline has: then each statement reads all of both once.
SELECT (SELECT count(*) FROM pg_temp.incoming) * 20 > (SELECT coalesce(sum(items), 0) FROM smelt.item_counts WHERE pipeline_id = :pipeline_id)

-- name: load_altered(pipeline_id)
SELECT count(*) AS altered, (SELECT count(*) FROM smelt.record WHERE pipeline_id = :pipeline_id) AS records
  FROM pg_temp.incoming AS i
  JOIN smelt.record AS r ON r.pipeline_id = :pipeline_id AND r.id = i.record_id
 WHERE i.change IN (1, 2) AND (r.fields <> i.fields OR r.skip IS DISTINCT FROM i.skip)

-- name: load_counts()
SELECT count(*) AS read, count(*) FILTER (WHERE change = 1) AS changed, count(*) FILTER (WHERE change IN (2, 3)) AS unchanged
  FROM pg_temp.incoming

-- name: load_duplicate_across(pipeline_id, unread_files)
SELECT i.key, f.path || ':' || r.line AS first, g.path || ':' || i.line AS second
  FROM pg_temp.incoming AS i
  JOIN smelt.record AS r ON r.pipeline_id = :pipeline_id AND r.key = i.key
  JOIN smelt.source_file AS f ON f.id = r.source_file_id
  LEFT JOIN smelt.source_file AS g ON g.id = i.file
 WHERE r.source_file_id = ANY (:unread_files::int[])
 ORDER BY i.key LIMIT 1

-- name: load_duplicate_within()
SELECT d.key, d.places[1] AS first, d.places[2] AS second
  FROM (SELECT i.key, array_agg(coalesce(f.path, 'query') || ':' || i.line ORDER BY f.path, i.line) AS places
          FROM pg_temp.incoming AS i
          LEFT JOIN smelt.source_file AS f ON f.id = i.file
         GROUP BY i.key HAVING count(*) > 1 ORDER BY i.key LIMIT 1) AS d

-- name: load_digests_drop(file_id)
WITH dropped AS (DELETE FROM smelt.row_digest WHERE source_file_id = :file_id)
UPDATE smelt.source_file SET digest_load = 0 WHERE id = :file_id AND digest_load <> 0

-- name: load_digests_keep(file_id, load, piece)
-- Only the small columns are written.
UPDATE smelt.row_digest SET load = load + 1 WHERE source_file_id = :file_id AND load = :load AND piece = :piece

-- name: load_digests_read(file_id, load, piece)
SELECT encode(digests, 'hex') FROM smelt.row_digest WHERE source_file_id = :file_id AND load = :load AND piece = :piece

-- name: load_digests_replace(file_id, load)
-- What this load has written is now what the next one reads.
WITH dropped AS (DELETE FROM smelt.row_digest WHERE source_file_id = :file_id AND load <= :load)
UPDATE smelt.source_file SET digest_load = :load + 1 WHERE id = :file_id

-- name: load_digests_undo(file_id, load)
DELETE FROM smelt.row_digest WHERE source_file_id = :file_id AND load > :load

-- name: load_digests_write(file_id, load, piece, digests)
INSERT INTO smelt.row_digest (source_file_id, load, piece, digests) VALUES (:file_id, :load + 1, :piece, decode(:digests, 'hex'))

-- name: load_file_read(file_id, records, ctime_ns, digest)
UPDATE smelt.source_file SET records = :records, ctime_ns = :ctime_ns, digest = :digest WHERE id = :file_id

-- name: load_file_touched(file_id, ctime_ns)
-- The content is that of the last load.
UPDATE smelt.source_file SET ctime_ns = :ctime_ns WHERE id = :file_id

-- name: load_forget_files(file_ids)
-- Files that are not in the source any more: one that comes back is read again, for another may have taken its records.
WITH dropped AS (DELETE FROM smelt.row_digest WHERE source_file_id = ANY (:file_ids::int[]))
UPDATE smelt.source_file SET mtime_ns = 0, digest_load = 0 WHERE id = ANY (:file_ids::int[])

-- name: load_first_items(pipeline_id)
-- After a first load: every record is new. task_create_items would take 1.4 times as long, for ON CONFLICT looks each item up first.
INSERT INTO smelt.item (pipeline_id, task_id, record_id, priority, status, claimable, skip_reason)
SELECT r.pipeline_id, t.id, r.id, t.priority,
       CASE WHEN r.skip IS NOT NULL THEN :skipped WHEN t.gated OR r.incomplete IS NOT NULL THEN :waiting ELSE :pending END,
       r.skip IS NULL AND r.incomplete IS NULL AND NOT t.gated, r.skip
  FROM smelt.record AS r
  JOIN smelt.task AS t ON t.pipeline_id = :pipeline_id AND t.active
 WHERE r.pipeline_id = :pipeline_id

-- name: load_impact(pipeline_id)
SELECT (SELECT count(*) FROM pg_temp.incoming AS i
          JOIN smelt.item AS t ON t.pipeline_id = :pipeline_id AND t.record_id = i.record_id AND t.status = :extracted
                                 AND NOT smelt.is_protected(t)
          JOIN smelt.task AS k ON k.id = t.task_id AND k.active
         WHERE i.change = 1) AS requeued,
       (SELECT coalesce(sum(items), 0) FROM smelt.item_counts WHERE pipeline_id = :pipeline_id AND status = :extracted) AS extracted

-- name: load_insert(pipeline_id)
-- Which of equal records have items is decided by regroup_choose.
WITH added AS (
    INSERT INTO smelt.record (pipeline_id, source_file_id, line, row_hash, key, content_hash, skip, incomplete, again_version, dedupe_hash, fields,
                              evidence, decision)
    SELECT :pipeline_id, i.file, i.line, i.row_hash, i.key, i.content_hash, i.skip, i.incomplete, i.again_version, i.dedupe_hash, i.fields,
           i.evidence, i.decision
      FROM pg_temp.incoming AS i WHERE i.change IS NULL AND NOT i.same
    RETURNING id, skip, incomplete, dedupe_hash),
made AS (
    INSERT INTO smelt.item (pipeline_id, task_id, record_id, priority, status, claimable, skip_reason)
    SELECT :pipeline_id, t.id, a.id, t.priority,
           CASE WHEN a.skip IS NOT NULL THEN :skipped WHEN t.gated OR a.incomplete IS NOT NULL THEN :waiting ELSE :pending END,
           a.skip IS NULL AND a.incomplete IS NULL AND NOT t.gated, a.skip
      FROM added AS a
      JOIN smelt.task AS t ON t.pipeline_id = :pipeline_id AND t.active
     WHERE a.dedupe_hash IS NULL),
due AS (
    INSERT INTO smelt.item_due (pipeline_id, task_id, record_id)
    SELECT :pipeline_id, t.id, a.id
      FROM added AS a
      JOIN smelt.task AS t ON t.pipeline_id = :pipeline_id AND t.active AND t.gated AND t.needs = '{}'
     WHERE a.skip IS NULL AND a.dedupe_hash IS NULL)
SELECT count(*) FROM added

-- name: load_is_first(pipeline_id)
SELECT NOT EXISTS (SELECT FROM smelt.record WHERE pipeline_id = :pipeline_id)

-- name: load_known_files(pipeline_id)
SELECT path, id, size, mtime_ns, ctime_ns, digest, given FROM smelt.source_file WHERE pipeline_id = :pipeline_id

-- name: load_lock(pipeline_id)
SELECT pg_try_advisory_xact_lock(hashtext('smelt.load'), :pipeline_id)

-- name: load_mark_new_fields(pipeline_id, content_fields)
-- The templates name other fields than at the last load, so old hashes say nothing: compare the fields themselves. "*" is all of them
-- but those with a - before their name.
UPDATE pg_temp.incoming AS i
   SET record_id = r.id, old_dedupe = r.dedupe_hash, decides_anew = r.decision IS DISTINCT FROM i.decision,
       change = CASE WHEN i.same THEN 3
                     WHEN i.incomplete IS NOT NULL
                     THEN CASE WHEN r.incomplete IS DISTINCT FROM i.incomplete OR r.skip IS DISTINCT FROM i.skip THEN 2 ELSE 3 END
                     WHEN CASE WHEN '*' = ANY (:content_fields::text[])
                               THEN r.fields - ARRAY(SELECT substr(n, 2) FROM unnest(:content_fields::text[]) AS n WHERE starts_with(n, '-'))
                                    <> i.fields - ARRAY(SELECT substr(n, 2) FROM unnest(:content_fields::text[]) AS n WHERE starts_with(n, '-'))
                               ELSE (SELECT bool_or(r.fields -> n IS DISTINCT FROM i.fields -> n) FROM unnest(:content_fields::text[]) AS n)
                          END OR ('evidence' = ANY (:content_fields::text[]) AND r.evidence IS DISTINCT FROM i.evidence) THEN 1
                     WHEN r.content_hash <> i.content_hash OR r.fields <> i.fields OR r.incomplete IS NOT NULL
                          OR r.dedupe_hash IS DISTINCT FROM i.dedupe_hash
                          OR r.source_file_id IS DISTINCT FROM i.file OR r.skip IS DISTINCT FROM i.skip
                          OR r.evidence IS DISTINCT FROM i.evidence OR r.decision IS DISTINCT FROM i.decision THEN 2
                     ELSE 3 END
  FROM smelt.record AS r
 WHERE r.pipeline_id = :pipeline_id AND r.key = i.key

-- name: load_mark_same_fields(pipeline_id)
-- change: 0 new, 1 content, 2 other columns only, 3 nothing. Of a record that is not complete only that and its filter count: what
-- was read before stays.
UPDATE pg_temp.incoming AS i
   SET record_id = r.id, old_dedupe = r.dedupe_hash, decides_anew = r.decision IS DISTINCT FROM i.decision,
       old_hash = r.content_hash,
       change = CASE WHEN i.same THEN 3
                     WHEN i.incomplete IS NOT NULL
                     THEN CASE WHEN r.incomplete IS DISTINCT FROM i.incomplete OR r.skip IS DISTINCT FROM i.skip THEN 2 ELSE 3 END
                     WHEN r.content_hash <> i.content_hash THEN 1
                     WHEN r.fields <> i.fields OR r.incomplete IS NOT NULL OR r.row_hash IS DISTINCT FROM i.row_hash
                          OR r.dedupe_hash IS DISTINCT FROM i.dedupe_hash
                          OR r.source_file_id IS DISTINCT FROM i.file OR r.skip IS DISTINCT FROM i.skip
                          OR r.evidence IS DISTINCT FROM i.evidence OR r.decision IS DISTINCT FROM i.decision THEN 2
                     ELSE 3 END
  FROM smelt.record AS r
 WHERE r.pipeline_id = :pipeline_id AND r.key = i.key

-- name: load_number_equal()
-- Keys that are a hash of the row's content: the second, third, … of equal rows get a number, in the order of files and lines.
UPDATE pg_temp.incoming AS i SET key = i.key || '-' || n.place
  FROM (SELECT e.ctid AS at, row_number() OVER (PARTITION BY e.key ORDER BY f.path, e.line) AS place
          FROM pg_temp.incoming AS e
          LEFT JOIN smelt.source_file AS f ON f.id = e.file) AS n
 WHERE i.ctid = n.at AND n.place > 1

-- name: load_restage()
TRUNCATE pg_temp.incoming

-- name: load_staging()
CREATE TEMPORARY TABLE incoming (
    key          text NOT NULL,
    fields       jsonb NOT NULL,
    content_hash bytea NOT NULL,
    file         int,
    line         bigint NOT NULL,
    skip         text,
    incomplete   text,
    row_hash     bigint,
    same         boolean NOT NULL DEFAULT false,
    again_version text,
    dedupe_hash  bytea,
    evidence     jsonb,
    decision     jsonb,
    decides_anew boolean NOT NULL DEFAULT false,
    old_dedupe   bytea,
    record_id    bigint,
    change       smallint,
    old_hash     bytea
) ON COMMIT DROP

-- name: load_lock_items(pipeline_id, task_id)
-- In the order in which everybody locks items.
SELECT FROM smelt.item AS t
  JOIN pg_temp.incoming AS i ON i.record_id = t.record_id AND i.change IN (1, 2)
 WHERE t.pipeline_id = :pipeline_id AND t.task_id = :task_id
 ORDER BY t.record_id FOR UPDATE OF t

-- name: load_update_items(pipeline_id, task_id)
-- A changed record starts over: what is on its way becomes stale unless it was rendered from this very content, everything else
-- is to be sent again (or is skipped by a filter). Where the templates name other fields than before, old hashes say nothing.
-- Where only the filters or fields that no template names have changed, what is not finished follows them; so does what a rule pack has
-- answered, or could answer now, and no model has. An answer that a person has judged stays, overtaken.
UPDATE smelt.item AS t
   SET review = CASE WHEN smelt.is_protected(t) AND i.change = 1 THEN CASE WHEN smelt.is_judged_on(t, i.content_hash) THEN :review_given ELSE :review_overtaken END::"char"
                     ELSE t.review END,
       stale = t.status = :submitted AND coalesce(t.rendered_hash, i.old_hash, '') <> i.content_hash,
       rendered_hash = CASE WHEN t.status = :submitted THEN coalesce(t.rendered_hash, i.old_hash, '') END,
       outdated = t.outdated OR ((i.change = 1 OR i.decides_anew) AND t.accepted_batch_id IS NOT NULL AND NOT smelt.is_protected(t)),
       status = CASE WHEN t.status = :submitted THEN :submitted WHEN i.skip IS NOT NULL THEN :skipped WHEN smelt.is_protected(t) THEN :extracted
                     WHEN k.gated THEN :waiting ELSE :pending END,
       claimable = t.status <> :submitted AND i.skip IS NULL AND NOT smelt.is_protected(t) AND NOT k.gated,
       batch_id = CASE WHEN t.status = :submitted THEN t.batch_id WHEN smelt.is_protected(t) AND i.skip IS NULL THEN t.accepted_batch_id END,
       skip_reason = CASE WHEN t.status = :submitted THEN t.skip_reason ELSE i.skip END,
       rung = CASE WHEN t.status = :submitted THEN t.rung ELSE 0 END,
       attempts = CASE WHEN t.status = :submitted THEN t.attempts ELSE 0 END,
       deliveries = CASE WHEN t.status = :submitted THEN t.deliveries ELSE 0 END,
       reopened = CASE WHEN t.status = :submitted THEN t.reopened ELSE 0 END,
       not_before = '-infinity'
  FROM pg_temp.incoming AS i, smelt.task AS k
 WHERE t.pipeline_id = :pipeline_id AND t.record_id = i.record_id AND k.id = t.task_id AND t.task_id = :task_id
   AND (i.change = 1
        OR (i.change = 2 AND ((t.status IN (:pending, :waiting) AND (i.skip IS NOT NULL OR k.gated))
                              OR (t.status = :skipped AND t.skip_reason IS DISTINCT FROM i.skip)
                              OR (i.decides_anew AND i.incomplete IS NULL
                                  AND CASE WHEN t.status = :extracted
                                           THEN EXISTS (SELECT FROM smelt.batch AS b WHERE b.id = t.accepted_batch_id AND b.kind = :kind_rules)
                                           ELSE k.ruled AND t.status IN (:failed, :failed_validation) END))))

-- name: load_hold_incomplete(pipeline_id, task_id)
-- What may be sent of a record that is not complete any more waits. What comes of it when it is complete is decided where items that
-- wait are looked at.
UPDATE smelt.item AS t
   SET status = :waiting, claimable = false, batch_id = NULL
  FROM pg_temp.incoming AS i
 WHERE t.pipeline_id = :pipeline_id AND t.task_id = :task_id AND t.record_id = i.record_id AND t.claimable
   AND i.change = 2 AND i.incomplete IS NOT NULL

-- name: load_known_rows(pipeline_id)
SELECT key, row_hash FROM smelt.record WHERE pipeline_id = :pipeline_id AND row_hash IS NOT NULL

-- Records with equal dedupe_hash: one of them is asked, the others are its copies.

-- name: regroup_table()
CREATE TEMPORARY TABLE IF NOT EXISTS regrouped (record_id bigint NOT NULL, copy_of bigint, was_copy boolean NOT NULL) ON COMMIT DROP

-- name: regroup_choose(pipeline_id, keep_last, gone)
-- Of every group that this load has touched: whoever has an answer to its content as it is, or is being asked, is no copy; else the first
-- (or last) in the order of files and lines is asked. What is skipped before it has an answer is nobody's original, and becomes no copy.
WITH touched AS MATERIALIZED (
    SELECT i.dedupe_hash AS hash FROM pg_temp.incoming AS i
     WHERE (i.change IS NULL OR i.change IN (1, 2)) AND NOT i.same AND i.dedupe_hash IS NOT NULL
     UNION
    SELECT i.old_dedupe FROM pg_temp.incoming AS i WHERE i.change IN (1, 2) AND i.old_dedupe IS NOT NULL
     UNION
    SELECT r.dedupe_hash FROM smelt.record AS r
     WHERE r.pipeline_id = :pipeline_id AND r.id = ANY (:gone::bigint[]) AND r.dedupe_hash IS NOT NULL),
member AS MATERIALIZED (
    SELECT r.id, r.copy_of, r.dedupe_hash, r.incomplete IS NULL AS is_complete,
           r.skip IS NULL OR coalesce(n.is_answered, false) AS may_be_original, r.skip IS NULL OR r.copy_of IS NOT NULL AS may_be_copy,
           coalesce(n.is_answered, false) AS is_answered, coalesce(n.is_answered OR n.is_sent, false) AS is_asked,
           coalesce(n.items, 0) > 0 AS has_items,
           row_number() OVER (PARTITION BY r.dedupe_hash ORDER BY f.path NULLS FIRST, r.line, r.id)
               * CASE WHEN :keep_last::boolean THEN -1 ELSE 1 END AS place
      FROM touched AS h
      JOIN smelt.record AS r ON r.pipeline_id = :pipeline_id AND r.dedupe_hash = h.hash
      LEFT JOIN smelt.source_file AS f ON f.id = r.source_file_id
      LEFT JOIN LATERAL (
           SELECT bool_or(a.applied_at >= r.changed_at) AS is_answered, bool_or(t.status = :submitted) AS is_sent, count(*) AS items
             FROM smelt.task AS k
             JOIN smelt.item AS t ON t.pipeline_id = :pipeline_id AND t.task_id = k.id AND t.record_id = r.id
             LEFT JOIN smelt.attempt AS a ON a.pipeline_id = :pipeline_id AND a.batch_id = t.accepted_batch_id AND a.record_id = r.id
            WHERE k.pipeline_id = :pipeline_id) AS n ON true),
chosen AS (
    SELECT m.*, first_value(m.id) OVER w AS original, first_value(m.may_be_original) OVER w AS has_original
      FROM member AS m
    WINDOW w AS (PARTITION BY m.dedupe_hash
                 ORDER BY m.may_be_original DESC, m.is_answered DESC, m.is_asked DESC, m.is_complete DESC, m.place)),
decided AS (
    SELECT c.*, CASE WHEN c.may_be_copy AND c.has_original AND NOT c.is_asked AND c.id <> c.original THEN c.original END AS now
      FROM chosen AS c)
INSERT INTO pg_temp.regrouped (record_id, copy_of, was_copy)
SELECT d.id, d.now, d.copy_of IS NOT NULL FROM decided AS d WHERE d.copy_of IS DISTINCT FROM d.now OR (d.now IS NULL) = NOT d.has_items
 UNION ALL
-- Without dedupe, or with nothing to compare any more.
SELECT r.id, NULL, true FROM smelt.record AS r WHERE r.pipeline_id = :pipeline_id AND r.copy_of IS NOT NULL AND r.dedupe_hash IS NULL

-- name: regroup_forgotten(pipeline_id, records)
-- Their copies are looked at again, as after a load that has changed these.
INSERT INTO pg_temp.incoming (key, fields, content_hash, line, change, old_dedupe)
SELECT '', '{}', '', 0, 2, r.dedupe_hash
  FROM smelt.record AS r
 WHERE r.pipeline_id = :pipeline_id AND r.id = ANY (:records::bigint[]) AND r.dedupe_hash IS NOT NULL

-- name: regroup_records(pipeline_id)
UPDATE smelt.record AS r SET copy_of = g.copy_of
  FROM pg_temp.regrouped AS g
 WHERE r.pipeline_id = :pipeline_id AND r.id = g.record_id AND r.copy_of IS DISTINCT FROM g.copy_of

-- name: regroup_drop_items(pipeline_id, task_id)
-- Of records that are copies now. Rows are locked in the order in which everybody locks items.
WITH locked AS MATERIALIZED (
    SELECT t.record_id FROM smelt.item AS t
     WHERE t.pipeline_id = :pipeline_id AND t.task_id = :task_id
       AND t.record_id = ANY (ARRAY(SELECT g.record_id FROM pg_temp.regrouped AS g WHERE g.copy_of IS NOT NULL))
     ORDER BY t.record_id FOR UPDATE),
dropped AS (
    DELETE FROM smelt.item AS t
     USING locked
     WHERE t.pipeline_id = :pipeline_id AND t.task_id = :task_id AND t.record_id = locked.record_id
       AND t.status NOT IN (:submitted, :extracted)
    RETURNING t.record_id, t.accepted_batch_id)
-- Their answers, to another content, are no results any more.
INSERT INTO smelt.score_correction (task_id, answers, score)
SELECT :task_id, count(*), sum(a.score)
  FROM dropped AS d
  JOIN smelt.attempt AS a ON a.pipeline_id = :pipeline_id AND a.batch_id = d.accepted_batch_id AND a.record_id = d.record_id
  JOIN smelt.batch AS b ON b.id = d.accepted_batch_id AND b.kind = :kind_provider
HAVING count(*) > 0

-- name: regroup_keep_asked(pipeline_id)
-- Somebody has begun to ask them just now.
UPDATE smelt.record AS r SET copy_of = NULL
  FROM pg_temp.regrouped AS g, smelt.task AS k, smelt.item AS t
 WHERE r.pipeline_id = :pipeline_id AND r.id = g.record_id AND r.copy_of IS NOT NULL
   AND k.pipeline_id = :pipeline_id AND t.pipeline_id = :pipeline_id AND t.task_id = k.id AND t.record_id = g.record_id

-- name: regroup_make_items(pipeline_id, task_id)
WITH made AS (
    INSERT INTO smelt.item (pipeline_id, task_id, record_id, priority, status, claimable, skip_reason)
    SELECT r.pipeline_id, t.id, r.id, t.priority,
           CASE WHEN r.skip IS NOT NULL THEN :skipped WHEN t.gated OR r.incomplete IS NOT NULL THEN :waiting ELSE :pending END,
           r.skip IS NULL AND r.incomplete IS NULL AND NOT t.gated, r.skip
      FROM pg_temp.regrouped AS g
      JOIN smelt.record AS r ON r.pipeline_id = :pipeline_id AND r.id = g.record_id AND r.copy_of IS NULL
      JOIN smelt.task AS t ON t.id = :task_id
    ON CONFLICT DO NOTHING
    RETURNING record_id, status)
INSERT INTO smelt.item_due (pipeline_id, task_id, record_id)
SELECT :pipeline_id, :task_id, record_id FROM made WHERE status = :waiting

-- name: regroup_tell(pipeline_id, is_forgotten)
-- Events of records that show another answer from now on: that of their original, or none yet of their own, unless that has been told
-- (with the answer of the former original), or is told by their own item, which is skipped. is_forgotten: the former original was, so that
-- nothing has told its copies.
INSERT INTO smelt.write_back (pipeline_id, task_id, record_id, batch_id, event, reason)
SELECT e.pipeline_id, e.task_id, e.record_id, e.batch_id, e.event, e.reason
  FROM (SELECT t.pipeline_id, t.id AS task_id, g.record_id, t.write_back_events,
               CASE WHEN i.status = :extracted THEN i.accepted_batch_id ELSE i.batch_id END AS batch_id, i.skip_reason AS reason,
               CASE WHEN r.copy_of IS NULL THEN CASE WHEN g.was_copy AND r.skip IS NULL THEN 16 END
                    WHEN i.status = :extracted THEN CASE WHEN i.review = :review_wanted THEN 2 ELSE 1 END
                    WHEN i.status = :skipped THEN 8
                    WHEN smelt.is_final(i.status, i.claimable) THEN 4
                    WHEN :is_forgotten::boolean THEN 16 END AS event
          FROM pg_temp.regrouped AS g
          JOIN smelt.record AS r ON r.pipeline_id = :pipeline_id AND r.id = g.record_id
          JOIN smelt.task AS t ON t.pipeline_id = :pipeline_id AND t.active AND t.write_back_events <> 0
          LEFT JOIN smelt.item AS i ON i.pipeline_id = :pipeline_id AND i.task_id = t.id AND i.record_id = r.copy_of) AS e
 WHERE e.event & e.write_back_events <> 0
   AND (e.event <> 16 OR (SELECT w.event FROM smelt.write_back AS w
                           WHERE w.pipeline_id = e.pipeline_id AND w.task_id = e.task_id AND w.record_id = e.record_id
                           ORDER BY w.id DESC LIMIT 1) IS DISTINCT FROM 16)

-- name: regroup_copies()
SELECT count(*) FROM pg_temp.regrouped WHERE copy_of IS NOT NULL

-- name: load_due(pipeline_id)
-- Whatever waits now of what this load has brought or changed.
INSERT INTO smelt.item_due (pipeline_id, task_id, record_id)
SELECT t.pipeline_id, t.task_id, t.record_id
  FROM pg_temp.incoming AS i
  JOIN smelt.item AS t ON t.pipeline_id = :pipeline_id AND t.record_id = i.record_id AND t.status = :waiting
 WHERE i.change IN (1, 2)

-- name: load_first_due(pipeline_id)
-- What waits for nothing but its condition.
INSERT INTO smelt.item_due (pipeline_id, task_id, record_id)
SELECT r.pipeline_id, t.id, r.id
  FROM smelt.task AS t
  JOIN smelt.record AS r ON r.pipeline_id = :pipeline_id AND r.skip IS NULL
 WHERE t.pipeline_id = :pipeline_id AND t.active AND t.gated AND t.needs = '{}'

-- name: load_brings_field(name)
SELECT key FROM pg_temp.incoming WHERE fields ? :name LIMIT 1

-- name: load_gone_of_query(pipeline_id)
-- After load_mark_*: records that a query has brought and does not bring now.
SELECT r.id
  FROM smelt.record AS r
 WHERE r.pipeline_id = :pipeline_id AND r.source_file_id IS NULL AND coalesce(r.skip, '') NOT IN ('gone', 'forgotten')
   AND NOT EXISTS (SELECT FROM pg_temp.incoming AS i WHERE i.record_id = r.id)
 ORDER BY r.id

-- name: load_gone_of_file(pipeline_id, file_id)
-- The same of a file; rows that were passed over are not staged, and the caller knows them by their keys.
SELECT r.id, r.key
  FROM smelt.record AS r
 WHERE r.pipeline_id = :pipeline_id AND r.source_file_id = :file_id AND coalesce(r.skip, '') NOT IN ('gone', 'forgotten')
   AND NOT EXISTS (SELECT FROM pg_temp.incoming AS i WHERE i.record_id = r.id)
 ORDER BY r.id

-- name: load_gone_items(pipeline_id, task_id, records)
-- Rows are locked in the order in which everybody locks items. What is at the provider is collected, and results stay.
WITH locked AS MATERIALIZED (
    SELECT t.record_id FROM smelt.item AS t
     WHERE t.pipeline_id = :pipeline_id AND t.task_id = :task_id AND t.record_id = ANY (:records::bigint[])
     ORDER BY t.record_id FOR UPDATE)
UPDATE smelt.item AS t
   SET status = :skipped, claimable = false, skip_reason = 'gone', stale = false, rendered_hash = NULL, batch_id = NULL
  FROM locked
 WHERE t.pipeline_id = :pipeline_id AND t.task_id = :task_id AND t.record_id = locked.record_id
   AND (t.status IN (:pending, :waiting) OR (t.status = :failed_validation AND t.claimable))

-- name: load_gone_records(pipeline_id, records)
UPDATE smelt.record SET skip = 'gone' WHERE pipeline_id = :pipeline_id AND id = ANY (:records::bigint[])

-- name: load_has_field(pipeline_id, name)
SELECT key FROM smelt.record WHERE pipeline_id = :pipeline_id AND fields ? :name LIMIT 1

-- name: load_update_records(pipeline_id)
UPDATE smelt.record AS r
   SET fields = CASE WHEN i.incomplete IS NULL THEN i.fields ELSE r.fields END,
       content_hash = CASE WHEN i.incomplete IS NULL THEN i.content_hash ELSE r.content_hash END,
       dedupe_hash = CASE WHEN i.incomplete IS NULL THEN i.dedupe_hash ELSE r.dedupe_hash END,
       evidence = CASE WHEN i.incomplete IS NULL THEN i.evidence ELSE r.evidence END,
       decision = CASE WHEN i.incomplete IS NULL THEN i.decision ELSE r.decision END,
       skip = i.skip, incomplete = i.incomplete, row_hash = i.row_hash, source_file_id = i.file, line = i.line,
       changed_at = CASE WHEN i.change = 1 THEN clock_timestamp() ELSE r.changed_at END
  FROM pg_temp.incoming AS i
 WHERE r.pipeline_id = :pipeline_id AND r.id = i.record_id AND i.change IN (1, 2)

-- name: load_upsert_file(pipeline_id, path, size, mtime_ns, given)
INSERT INTO smelt.source_file (pipeline_id, path, size, mtime_ns, given) VALUES (:pipeline_id, :path, :size, :mtime_ns, :given)
ON CONFLICT (pipeline_id, path) DO UPDATE SET size = excluded.size, mtime_ns = excluded.mtime_ns, given = excluded.given, loaded_at = now()
RETURNING id, digest_seed, digest_load
