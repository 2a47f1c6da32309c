-- Removing what is old (retention). Results, what is queued and what the next request needs are never touched.

-- name: retain_begin(pipeline_id, definition, pause_ms)
-- The look goes on, or begins anew where the file says something else or the last one ended long enough ago. No row: it is not due.
INSERT INTO smelt.retention AS r (pipeline_id, definition) VALUES (:pipeline_id, :definition)
ON CONFLICT (pipeline_id) DO UPDATE
   SET definition = excluded.definition,
       batch_id = CASE WHEN r.definition = excluded.definition AND r.ended_at IS NULL THEN r.batch_id ELSE 0 END,
       record_id = CASE WHEN r.definition = excluded.definition AND r.ended_at IS NULL THEN r.record_id ELSE 0 END,
       began_at = CASE WHEN r.definition = excluded.definition AND r.ended_at IS NULL THEN r.began_at ELSE clock_timestamp() END,
       ended_at = NULL
 WHERE r.definition <> excluded.definition OR r.ended_at IS NULL
       OR r.ended_at < clock_timestamp() - :pause_ms::bigint * interval '1 millisecond'
RETURNING batch_id, record_id

-- name: retain_is_due(pipeline_id, definition, pause_ms)
SELECT NOT EXISTS (SELECT FROM smelt.retention AS r
                    WHERE r.pipeline_id = :pipeline_id AND r.definition = :definition
                      AND r.ended_at >= clock_timestamp() - :pause_ms::bigint * interval '1 millisecond')

-- name: retain_next_batch(pipeline_id, after_batch, youngest_ms)
-- The next closed batch that is old enough for anything of it to be.
SELECT b.id FROM smelt.batch AS b
 WHERE b.pipeline_id = :pipeline_id AND b.state >= :closed AND b.id > :after_batch
   AND b.created_at < clock_timestamp() - :youngest_ms::bigint * interval '1 millisecond'
 ORDER BY b.id LIMIT 1

-- name: retain_attempts(pipeline_id, batch_id, after_record, most, raw_ms, rejected_ms, replaced_ms)
-- Looks at the next attempts of a batch. Ages null: kept for ever. An item that is not finished keeps all it has, for its next request may
-- say what was wrong with the last answer; so does what waits to be written back, what a person has judged, and what the answer of a dependent task was made from.
WITH looked AS MATERIALIZED (
    SELECT a.record_id, a.task_id, a.outcome, a.applied_at, a.emptied, a.raw IS NOT NULL OR a.line IS NOT NULL AS has_raw,
           i.accepted_batch_id, i.record_id IS NULL OR smelt.is_final(i.status, i.claimable) AS is_final
      FROM smelt.attempt AS a
      LEFT JOIN smelt.item AS i ON i.pipeline_id = :pipeline_id AND i.task_id = a.task_id AND i.record_id = a.record_id
     WHERE a.pipeline_id = :pipeline_id AND a.batch_id = :batch_id AND a.record_id > :after_record
     ORDER BY a.record_id LIMIT :most),
old AS (
    SELECT l.*, l.accepted_batch_id IS NOT DISTINCT FROM :batch_id::int AS is_result,
           l.applied_at < clock_timestamp() - :raw_ms::bigint * interval '1 millisecond' AS is_old_raw,
           CASE WHEN l.outcome <> :accepted THEN l.applied_at < clock_timestamp() - :rejected_ms::bigint * interval '1 millisecond'
                ELSE coalesce((SELECT n.applied_at FROM smelt.attempt AS n
                                WHERE n.pipeline_id = :pipeline_id AND n.batch_id = l.accepted_batch_id AND n.record_id = l.record_id), l.applied_at)
                     < clock_timestamp() - :replaced_ms::bigint * interval '1 millisecond' END AS is_old
      FROM looked AS l),
chosen AS MATERIALIZED (
    SELECT o.record_id, coalesce(o.is_old, false) AND NOT o.is_result AS goes
      FROM old AS o
     WHERE o.emptied IS NULL AND o.is_final AND ((o.is_old AND NOT o.is_result) OR (o.is_old_raw AND o.has_raw))
       AND NOT EXISTS (SELECT FROM smelt.write_back AS w
                        WHERE w.pipeline_id = :pipeline_id AND w.task_id = o.task_id AND w.record_id = o.record_id AND w.batch_id = :batch_id)
       AND NOT EXISTS (SELECT FROM smelt.review AS v
                        WHERE v.pipeline_id = :pipeline_id AND v.task_id = o.task_id AND v.record_id = o.record_id AND v.batch_id = :batch_id
                          AND v.undone_at IS NULL)
       AND NOT EXISTS (SELECT FROM smelt.item AS d
                        WHERE d.pipeline_id = :pipeline_id AND d.record_id = o.record_id
                          AND d.task_id = ANY (ARRAY(SELECT t.id FROM smelt.task AS t WHERE t.pipeline_id = :pipeline_id AND t.needs @> ARRAY[o.task_id]))
                          AND (d.built_from ->> o.task_id::text)::int = :batch_id)),
removed AS (
    UPDATE smelt.attempt AS a
       SET raw = NULL, line = NULL, output = CASE WHEN c.goes THEN NULL ELSE a.output END, findings = CASE WHEN c.goes THEN NULL ELSE a.findings END,
           message = CASE WHEN c.goes THEN NULL ELSE a.message END, emptied = CASE WHEN c.goes THEN 'r'::"char" END
      FROM chosen AS c
     WHERE a.pipeline_id = :pipeline_id AND a.batch_id = :batch_id AND a.record_id = c.record_id
    RETURNING a.emptied IS NOT NULL AS is_emptied),
noted AS (
    UPDATE smelt.batch AS b SET emptied = b.emptied + n.emptied, raw_removed = b.raw_removed + n.raw
      FROM (SELECT count(*) FILTER (WHERE is_emptied) AS emptied, count(*) FILTER (WHERE NOT is_emptied) AS raw FROM removed) AS n
     WHERE b.id = :batch_id AND n.emptied + n.raw > 0)
SELECT (SELECT count(*) FROM looked) AS looked, (SELECT max(record_id) FROM looked) AS last, (SELECT count(*) FROM removed) AS removed

-- name: retain_reached(pipeline_id, batch_id, record_id)
UPDATE smelt.retention SET batch_id = :batch_id, record_id = :record_id WHERE pipeline_id = :pipeline_id

-- name: retain_end(pipeline_id)
UPDATE smelt.retention SET ended_at = clock_timestamp() WHERE pipeline_id = :pipeline_id

-- name: retain_fetched(pipeline_id, fetched_ms, most)
-- Details of records that are complete: these stay as they are. Pages of lists: what is not there is not gone.
WITH old AS MATERIALIZED (
    SELECT f.ctid AS place, f.kind
      FROM smelt.source_fetch AS f
     WHERE f.pipeline_id = :pipeline_id AND f.body IS NOT NULL AND f.fetched_at < clock_timestamp() - :fetched_ms::bigint * interval '1 millisecond'
       AND (f.kind = 0 OR (f.status = 200 AND f.error IS NULL
                           AND EXISTS (SELECT FROM smelt.record AS r WHERE r.pipeline_id = :pipeline_id AND r.key = f.name AND r.incomplete IS NULL)))
     LIMIT :most FOR UPDATE SKIP LOCKED),
removed AS (
    UPDATE smelt.source_fetch AS f
       SET body = NULL, etag = NULL, last_modified = NULL, status = CASE WHEN f.kind = 0 THEN 0 ELSE f.status END
     WHERE f.ctid = ANY (ARRAY(SELECT place FROM old))
    RETURNING f.kind),
lists AS (
    UPDATE smelt.source_round AS r SET complete = false WHERE r.pipeline_id = :pipeline_id AND EXISTS (SELECT FROM removed WHERE kind = 0))
SELECT count(*) FROM removed

-- name: retain_frees(pipeline_id, raw_ms, rejected_ms, replaced_ms)
-- About how many bytes of answers are old by now: what is under way or rests on them is looked at only when they are removed.
SELECT coalesce(sum(CASE WHEN is_old AND NOT is_result THEN content + raw WHEN is_old_raw THEN raw ELSE 0 END), 0)::bigint
  FROM (SELECT coalesce(pg_column_size(a.raw), 0) + coalesce(pg_column_size(a.line), 0) AS raw,
               coalesce(pg_column_size(a.output), 0) + coalesce(pg_column_size(a.findings), 0) + coalesce(pg_column_size(a.message), 0) AS content,
               i.accepted_batch_id IS NOT DISTINCT FROM a.batch_id AS is_result,
               a.applied_at < clock_timestamp() - :raw_ms::bigint * interval '1 millisecond' AS is_old_raw,
               CASE WHEN a.outcome <> :accepted THEN a.applied_at < clock_timestamp() - :rejected_ms::bigint * interval '1 millisecond'
                    ELSE a.applied_at < clock_timestamp() - :replaced_ms::bigint * interval '1 millisecond' END AS is_old
          FROM smelt.attempt AS a
          LEFT JOIN smelt.item AS i ON i.pipeline_id = :pipeline_id AND i.task_id = a.task_id AND i.record_id = a.record_id
         WHERE a.pipeline_id = :pipeline_id AND a.emptied IS NULL) AS x

-- name: retain_frees_fetched(pipeline_id, fetched_ms)
SELECT coalesce(sum(pg_column_size(body)), 0)::bigint FROM smelt.source_fetch
 WHERE pipeline_id = :pipeline_id AND fetched_at < clock_timestamp() - :fetched_ms::bigint * interval '1 millisecond'
