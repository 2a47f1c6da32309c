-- Events on their way into the user's own tables (docs/write-back.md).

-- name: write_back_set_events(task_id, events)
-- Events that nobody writes any more are dropped. Where nothing has changed, which is in nearly every run, the queue is not looked at.
WITH changed AS (
    UPDATE smelt.task SET write_back_events = :events WHERE id = :task_id AND write_back_events <> :events RETURNING id, pipeline_id)
DELETE FROM smelt.write_back AS w
 USING changed AS t
 WHERE w.pipeline_id = t.pipeline_id AND w.task_id = t.id AND w.event & :events = 0

-- name: write_back_taken()
CREATE TEMPORARY TABLE smelt_taken (id bigint, record_id bigint, batch_id int, reason text, key text, at timestamptz) ON COMMIT DROP

-- name: write_back_next(pipeline_id, task_id)
-- The kind of the oldest event that may be written now, which no older one of its record precedes. What waits for another try stands at the
-- front for long, so as many more are looked at.
SELECT h.event
  FROM (SELECT w.id, w.event, w.not_before, row_number() OVER (PARTITION BY w.record_id ORDER BY w.id) AS nth
          FROM (SELECT id, record_id, event, not_before FROM smelt.write_back
                 WHERE pipeline_id = :pipeline_id AND task_id = :task_id
                 ORDER BY id
                 LIMIT 20000 + (SELECT count(*) FROM smelt.write_back
                                 WHERE pipeline_id = :pipeline_id AND task_id = :task_id AND error IS NOT NULL)) AS w) AS h
 WHERE h.nth = 1 AND h.not_before <= clock_timestamp()
 ORDER BY h.id LIMIT 1

-- name: write_back_take(pipeline_id, task_id, event, most, only)
-- The oldest event of each record, unless somebody else has it: that of a record whose older one is locked waits, too, for the older one
-- is still seen.
WITH head AS (
    SELECT h.place
      FROM (SELECT w.*, row_number() OVER (PARTITION BY w.record_id ORDER BY w.id) AS nth
              FROM (SELECT ctid AS place, id, record_id, event, not_before FROM smelt.write_back
                     WHERE pipeline_id = :pipeline_id AND task_id = :task_id
                     ORDER BY id
                     LIMIT 20000 + (SELECT count(*) FROM smelt.write_back
                                     WHERE pipeline_id = :pipeline_id AND task_id = :task_id AND error IS NOT NULL)) AS w) AS h
     WHERE h.nth = 1 AND h.event = :event AND h.not_before <= clock_timestamp()
       AND (:only::bigint[] IS NULL OR h.id = ANY (:only::bigint[]))
     ORDER BY h.id LIMIT :most),
taken AS (
    DELETE FROM smelt.write_back
     WHERE ctid = ANY (ARRAY(SELECT w.ctid FROM smelt.write_back AS w
                              WHERE w.ctid = ANY (ARRAY(SELECT place FROM head)) FOR UPDATE SKIP LOCKED))
    RETURNING id, record_id, batch_id, reason, key, at)
INSERT INTO pg_temp.smelt_taken SELECT id, record_id, batch_id, reason, key, at FROM taken

-- name: write_back_ids()
SELECT id FROM pg_temp.smelt_taken ORDER BY id

-- name: write_back_rows(pipeline_id, task_id, event)
-- What the user's statements see of a slice: a view, so that each of them only reads what it names. A view takes no parameters, so their
-- numbers are written into it. A copy shows the answer of its original, which has cost nothing once more.
CREATE TEMPORARY VIEW rows AS
SELECT coalesce(w.key, r.key) AS key, CASE WHEN :event <> 32 THEN r.fields END AS fields, CASE WHEN :event IN (1, 2) THEN a.output END AS output, CASE WHEN :event IN (1, 2) THEN a.score::numeric END AS score,
       nullif((SELECT jsonb_agg(f) FROM jsonb_array_elements(a.findings) AS f WHERE f ->> 'kind' IS DISTINCT FROM 'repair'), '[]') AS warnings,
       nullif((SELECT jsonb_agg(f) FROM jsonb_array_elements(a.findings) AS f WHERE f ->> 'kind' = 'repair'), '[]') AS repairs,
       CASE :event WHEN 4 THEN 'failed' WHEN 8 THEN 'skipped' WHEN 16 THEN 'pending' WHEN 32 THEN 'forgotten' ELSE 'extracted' END AS status,
       CASE WHEN :event = 8 THEN w.reason WHEN :event = 4 THEN coalesce(split_part(w.reason, ': ', 1), smelt.cause_name(a.cause)) END AS reason,
       CASE WHEN :event = 4
            THEN coalesce(substr(w.reason, strpos(w.reason, ': ') + 2), a.message,
                          (SELECT string_agg(f ->> 'message', '; ') FROM jsonb_array_elements(a.findings) AS f)) END AS message,
       i.attempts + CASE WHEN :event IN (1, 2) THEN 1 ELSE 0 END AS attempts,
       (SELECT w.reviewer FROM smelt.review AS w
         WHERE w.pipeline_id = :pipeline_id AND w.task_id = :task_id AND w.record_id = coalesce(r.copy_of, r.id)
           AND coalesce(w.edit_batch_id, w.batch_id) = a.batch_id AND w.undone_at IS NULL
         ORDER BY w.id DESC LIMIT 1) AS reviewed_by,
       coalesce(a.model, b.model) AS model,
       CASE WHEN r.copy_of IS NULL THEN a.input_tokens::bigint + a.output_tokens ELSE 0 END AS tokens,
       CASE WHEN r.copy_of IS NULL THEN round(a.cost_picousd / 1e12, 9) ELSE 0 END AS cost_usd,
       b.id AS batch, b.remote_id, v.hash AS version,
       CASE :event WHEN 1 THEN 'accepted' WHEN 2 THEN 'doubtful' WHEN 4 THEN 'failed' WHEN 8 THEN 'skipped' WHEN 16 THEN 'reopened' ELSE 'forgotten' END AS event, w.at
  FROM pg_temp.smelt_taken AS w
  LEFT JOIN smelt.record AS r ON r.pipeline_id = :pipeline_id AND r.id = w.record_id
  LEFT JOIN smelt.item AS i ON i.pipeline_id = :pipeline_id AND i.task_id = :task_id AND i.record_id = coalesce(r.copy_of, r.id)
  LEFT JOIN smelt.attempt AS a ON a.pipeline_id = :pipeline_id AND a.batch_id = w.batch_id AND a.record_id = coalesce(r.copy_of, r.id)
  LEFT JOIN smelt.batch AS b ON b.id = w.batch_id
  LEFT JOIN smelt.task_version AS v ON v.id = b.task_version_id

-- name: write_back_role()
SELECT FROM pg_catalog.pg_roles WHERE rolname = 'smelt_write_back' AND pg_catalog.pg_has_role(oid, 'MEMBER')

-- name: write_back_failed(pipeline_id, task_id, id, error)
-- Tried again after a minute, two, four, …, a day at most.
UPDATE smelt.write_back
   SET error = :error, tries = least(tries + 1, 100),
       not_before = clock_timestamp() + least(power(2, least(tries, 20)) * interval '1 minute', interval '1 day')
 WHERE pipeline_id = :pipeline_id AND task_id = :task_id AND id = :id

-- name: write_back_retry(pipeline_id)
UPDATE smelt.write_back SET not_before = '-infinity' WHERE pipeline_id = :pipeline_id AND not_before <> '-infinity'

-- name: write_back_all(pipeline_id, task_id, since)
-- What items need nothing more, as if it had just happened. Records of which an event waits are left out: it says so, too.
WITH told AS (
    SELECT i.record_id, CASE WHEN i.status = :extracted THEN i.accepted_batch_id ELSE i.batch_id END AS batch_id, i.skip_reason,
           CASE WHEN i.status = :extracted THEN CASE WHEN i.review = :review_wanted THEN 2 ELSE 1 END WHEN i.status = :skipped THEN 8 ELSE 4 END AS event
      FROM smelt.item AS i
     WHERE i.pipeline_id = :pipeline_id AND i.task_id = :task_id AND smelt.is_final(i.status, i.claimable)
       AND (:since::timestamptz IS NULL
            OR EXISTS (SELECT FROM smelt.attempt AS x
                        WHERE x.pipeline_id = :pipeline_id AND x.task_id = :task_id AND x.record_id = i.record_id AND x.applied_at >= :since::timestamptz))
    OFFSET 0)
INSERT INTO smelt.write_back (pipeline_id, task_id, record_id, batch_id, event, reason)
SELECT :pipeline_id, t.id, r.id, e.batch_id, e.event, e.skip_reason
  FROM smelt.task AS t
 CROSS JOIN told AS e
 CROSS JOIN LATERAL (
       SELECT e.record_id AS id
        UNION ALL
       SELECT c.id FROM smelt.record AS c WHERE c.pipeline_id = :pipeline_id AND c.copy_of = e.record_id) AS r
 WHERE t.id = :task_id AND e.event & t.write_back_events <> 0
   AND NOT EXISTS (SELECT FROM smelt.write_back AS w WHERE w.pipeline_id = :pipeline_id AND w.task_id = :task_id AND w.record_id = r.id)
 ORDER BY r.id

-- name: write_back_counts(pipeline_id, task_id)
-- By event: how many wait, and how many of them could not be written.
SELECT event, count(*) AS waiting, count(*) FILTER (WHERE error IS NOT NULL) AS stuck
  FROM smelt.write_back WHERE pipeline_id = :pipeline_id AND task_id = :task_id
 GROUP BY event ORDER BY event

-- name: write_back_outlook(pipeline_id)
-- Whether something may be written now, and what could not be: how many, and the first.
SELECT EXISTS (SELECT FROM smelt.write_back AS w
                WHERE w.pipeline_id = :pipeline_id AND w.not_before <= clock_timestamp()
                  AND NOT EXISTS (SELECT FROM smelt.write_back AS o
                                   WHERE o.pipeline_id = :pipeline_id AND o.task_id = w.task_id AND o.record_id = w.record_id
                                     AND o.id + 0 < w.id AND o.error IS NOT NULL)) AS is_due,
       (SELECT count(*) FROM smelt.write_back WHERE pipeline_id = :pipeline_id AND error IS NOT NULL) AS stuck

-- name: write_back_first_stuck(pipeline_id)
SELECT t.name AS task, coalesce(w.key, r.key) AS key, w.error
  FROM smelt.write_back AS w
  JOIN smelt.task AS t ON t.id = w.task_id
  LEFT JOIN smelt.record AS r ON r.pipeline_id = :pipeline_id AND r.id = w.record_id
 WHERE w.pipeline_id = :pipeline_id AND w.error IS NOT NULL
 ORDER BY w.task_id, w.id LIMIT 1

-- name: write_back_seen(pipeline_id, keys, fields, hashes, versions, row_hashes, former_fields, former_hashes, former_versions, content_fields)
-- What the statements have changed in the rows that the source reads counts as loaded: nothing is sent again for it. Only where a row was
-- before them what was loaded: else somebody has changed it since, which the next load has to see. Returns the content fields that were among it.
WITH seen AS MATERIALIZED (
    SELECT s.key, s.fields::jsonb AS fields, decode(s.hash, 'hex') AS content_hash, s.version, s.row_hash,
           s.former_fields::jsonb AS former_fields, decode(s.former_hash, 'hex') AS former_hash, s.former_version
      FROM unnest(:keys::text[], :fields::text[], :hashes::text[], :versions::text[], :row_hashes::bigint[], :former_fields::text[],
                  :former_hashes::text[], :former_versions::text[])
           AS s (key, fields, hash, version, row_hash, former_fields, former_hash, former_version)),
former AS MATERIALIZED (
    SELECT r.id, r.fields AS old_fields, r.content_hash, s.content_hash AS now, s.fields, s.version, s.row_hash
      FROM seen AS s
      JOIN smelt.record AS r ON r.pipeline_id = :pipeline_id AND r.key = s.key
     WHERE r.incomplete IS NULL AND r.fields = s.former_fields AND r.content_hash = s.former_hash
       AND (r.again_version IS NULL OR s.former_version LIKE '%=' OR s.former_version = r.again_version)
       AND (r.fields <> s.fields OR r.content_hash <> s.content_hash OR (s.version NOT LIKE '%=' AND r.again_version <> s.version))
     ORDER BY r.id FOR UPDATE OF r),
kept AS (
    UPDATE smelt.record AS r
       SET fields = f.fields, content_hash = f.now, row_hash = f.row_hash,
           again_version = CASE WHEN r.again_version IS NOT NULL AND f.version <> '' AND f.version NOT LIKE '%=' THEN f.version
                                ELSE r.again_version END
      FROM former AS f
     WHERE r.pipeline_id = :pipeline_id AND r.id = f.id)
SELECT DISTINCT n.name
  FROM former AS f
 CROSS JOIN unnest(:content_fields::text[]) AS n (name)
 WHERE f.content_hash <> f.now AND f.old_fields -> n.name IS DISTINCT FROM f.fields -> n.name
 ORDER BY n.name
