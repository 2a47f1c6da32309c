-- What people say of answers (smelt.review), and what that does to items.

-- name: review_candidates(pipeline_id, tasks, below, any_score, keys, token, most)
-- Answers that no person has judged as they are, and nobody looks at just now, the lowest score first: doubtful ones, or all below a score,
-- or all (a random choice of them). What is overtaken may be judged again. most null: only how many there are.
SELECT i.task_id, i.record_id, i.accepted_batch_id, a.score
  FROM smelt.item AS i
  JOIN smelt.task AS t ON t.id = i.task_id
  JOIN smelt.attempt AS a ON a.pipeline_id = :pipeline_id AND a.batch_id = i.accepted_batch_id AND a.record_id = i.record_id
 WHERE i.pipeline_id = :pipeline_id AND i.task_id = ANY (:tasks::int[]) AND i.status = :extracted
   AND CASE WHEN :any_score::boolean THEN i.review <> :review_given
            WHEN :below::real IS NULL THEN i.review = :review_wanted
            ELSE i.review <> :review_given AND a.score < :below::real END
   AND (:keys::text[] IS NULL
        OR i.record_id IN (SELECT coalesce(r.copy_of, r.id) FROM smelt.record AS r
                            WHERE r.pipeline_id = :pipeline_id AND r.key = ANY (:keys::text[])))
   AND NOT EXISTS (SELECT FROM smelt.review_lease AS l
                    WHERE l.pipeline_id = :pipeline_id AND l.task_id = i.task_id AND l.record_id = i.record_id
                      AND l.token <> :token AND l.until > clock_timestamp())
 ORDER BY CASE WHEN :any_score::boolean THEN random() END, a.score, t.position, i.task_id, i.record_id
 LIMIT :most::bigint

-- name: review_lease_take(pipeline_id, task_id, record_id, batch_id, token, reviewer, seconds)
-- Nobody else gets it meanwhile. Nothing comes back when somebody else has it, or its answer is another now, or was judged.
INSERT INTO smelt.review_lease AS l (pipeline_id, task_id, record_id, token, reviewer, until)
SELECT i.pipeline_id, i.task_id, i.record_id, :token, :reviewer, clock_timestamp() + :seconds * interval '1 second'
  FROM smelt.item AS i
 WHERE i.pipeline_id = :pipeline_id AND i.task_id = :task_id AND i.record_id = :record_id AND i.status = :extracted
   AND i.accepted_batch_id = :batch_id AND i.review <> :review_given
ON CONFLICT (pipeline_id, task_id, record_id) DO UPDATE SET token = excluded.token, reviewer = excluded.reviewer, until = excluded.until
 WHERE l.token = excluded.token OR l.until <= clock_timestamp()
RETURNING record_id

-- name: review_lease_end(pipeline_id, task_id, record_id, token)
DELETE FROM smelt.review_lease
 WHERE pipeline_id = :pipeline_id AND task_id = :task_id AND record_id = :record_id AND token = :token

-- name: review_leases_end(pipeline_id, token)
-- All of one reviewer, and what has run out.
DELETE FROM smelt.review_lease WHERE pipeline_id = :pipeline_id AND (token = :token OR until < clock_timestamp() - interval '1 day')

-- name: review_leased(pipeline_id, token)
SELECT count(*) FROM smelt.review_lease WHERE pipeline_id = :pipeline_id AND token <> :token AND until > clock_timestamp()

-- name: review_show(pipeline_id, task_id, records)
-- What a person sees of answers that may be judged.
SELECT i.record_id, r.key, r.fields::text AS fields, i.accepted_batch_id AS batch_id, jsonb_pretty(a.output) AS output, a.score, a.findings::text AS findings,
       coalesce(a.model, b.model) AS model, b.task_version_id, t.name AS task, i.review = :review_wanted AS is_doubtful,
       to_char(a.applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS applied_at, n.tasks::text AS tasks,
       (SELECT string_agg(concat_ws(': ', smelt.verdict_name(v.verdict) || ' by ' || v.reviewer, v.reason), '; ' ORDER BY v.id)
          FROM smelt.review AS v
         WHERE v.pipeline_id = :pipeline_id AND v.task_id = :task_id AND v.record_id = i.record_id AND v.undone_at IS NULL) AS earlier
  FROM smelt.item AS i
  JOIN smelt.task AS t ON t.id = i.task_id
  JOIN smelt.record AS r ON r.pipeline_id = :pipeline_id AND r.id = i.record_id
  JOIN smelt.attempt AS a ON a.pipeline_id = :pipeline_id AND a.batch_id = i.accepted_batch_id AND a.record_id = i.record_id
  JOIN smelt.batch AS b ON b.id = i.accepted_batch_id
  LEFT JOIN LATERAL (
       SELECT jsonb_object_agg(nt.name, na.output) AS tasks
         FROM jsonb_each_text(a.built_from) AS f (task, batch)
         JOIN smelt.task AS nt ON nt.id = f.task::int
         JOIN smelt.attempt AS na ON na.pipeline_id = :pipeline_id AND na.batch_id = f.batch::int AND na.record_id = a.record_id) AS n ON true
 WHERE i.pipeline_id = :pipeline_id AND i.task_id = :task_id AND i.record_id = ANY (:records::bigint[]) AND i.status = :extracted
 ORDER BY i.record_id

-- name: review_find(pipeline_id, tasks, keys, batches)
-- By key: what is to be judged, and what has been said of that answer already.
SELECT j.n, i.task_id, i.record_id, i.status = :extracted AND i.accepted_batch_id IS NOT DISTINCT FROM j.batch_id AS stands, b.task_version_id AS version_id,
       (SELECT smelt.verdict_name(v.verdict) FROM smelt.review AS v
         WHERE v.pipeline_id = :pipeline_id AND v.task_id = i.task_id AND v.record_id = i.record_id AND v.batch_id = j.batch_id AND v.undone_at IS NULL
         ORDER BY v.id DESC LIMIT 1) AS verdict
  FROM unnest(:tasks::int[], :keys::text[], :batches::int[]) WITH ORDINALITY AS j (task_id, key, batch_id, n)
  JOIN smelt.record AS r ON r.pipeline_id = :pipeline_id AND r.key = j.key
  JOIN smelt.item AS i ON i.pipeline_id = :pipeline_id AND i.task_id = j.task_id AND i.record_id = coalesce(r.copy_of, r.id)
  LEFT JOIN smelt.batch AS b ON b.id = j.batch_id
 ORDER BY j.n

-- name: review_lock(pipeline_id, task_id, records, batches)
-- Those of them whose answer still is what was judged, and that nobody has judged as it is.
SELECT i.record_id, i.accepted_batch_id
  FROM (SELECT DISTINCT record_id, batch_id FROM unnest(:records::bigint[], :batches::int[]) AS u (record_id, batch_id)) AS j
  JOIN smelt.item AS i ON i.pipeline_id = :pipeline_id AND i.task_id = :task_id AND i.record_id = j.record_id
 WHERE i.status = :extracted AND i.accepted_batch_id = j.batch_id AND i.review <> :review_given
 ORDER BY i.record_id FOR UPDATE OF i

-- name: review_insert(pipeline_id, task_id, records, edit_batch_id, verdict, reviewer, reasons, seconds)
-- Of locked items, before they change.
INSERT INTO smelt.review (pipeline_id, task_id, record_id, batch_id, edit_batch_id, verdict, former, content_hash, seconds, reviewer, reason)
SELECT :pipeline_id, :task_id, i.record_id, i.accepted_batch_id, :edit_batch_id, :verdict, i.review, r.content_hash, j.seconds, :reviewer, j.reason
  FROM unnest(:records::bigint[], :reasons::text[], :seconds::real[]) AS j (record_id, reason, seconds)
  JOIN smelt.item AS i ON i.pipeline_id = :pipeline_id AND i.task_id = :task_id AND i.record_id = j.record_id
  JOIN smelt.record AS r ON r.pipeline_id = :pipeline_id AND r.id = i.record_id
 ORDER BY i.record_id
RETURNING id

-- name: review_accept(pipeline_id, task_id, records)
UPDATE smelt.item SET review = :review_given
 WHERE pipeline_id = :pipeline_id AND task_id = :task_id AND record_id = ANY (:records::bigint[])

-- name: review_reject(pipeline_id, task_id, records, reasons, for_good)
-- The answer is no result any more. Asked again, or not.
WITH changed AS (
    UPDATE smelt.item AS i
       SET status = CASE WHEN :for_good::boolean THEN :failed WHEN r.skip IS NOT NULL THEN :skipped
                         WHEN t.gated OR r.incomplete IS NOT NULL THEN :waiting ELSE :pending END,
           claimable = NOT :for_good::boolean AND r.skip IS NULL AND NOT t.gated AND r.incomplete IS NULL,
           skip_reason = CASE WHEN :for_good::boolean THEN 'rejected: ' || j.reason ELSE r.skip END,
           batch_id = CASE WHEN :for_good::boolean THEN i.batch_id END,
           accepted_batch_id = NULL, review = :review_given, attempts = 0, deliveries = 0, reopened = 0, not_before = '-infinity'
      FROM unnest(:records::bigint[], :reasons::text[]) AS j (record_id, reason)
      JOIN smelt.record AS r ON r.pipeline_id = :pipeline_id AND r.id = j.record_id
      JOIN smelt.task AS t ON t.id = :task_id
     WHERE i.pipeline_id = :pipeline_id AND i.task_id = :task_id AND i.record_id = j.record_id
    RETURNING i.record_id, i.status)
INSERT INTO smelt.item_due (pipeline_id, task_id, record_id)
SELECT :pipeline_id, :task_id, record_id FROM changed WHERE status = :waiting

-- name: review_edit_batch(pipeline_id, task_id, version_id, requests)
INSERT INTO smelt.batch (pipeline_id, task_id, task_version_id, state, kind, model, claimed, sent, replaces, accepted, cost_picousd, ended_at,
                         closed_at, files_deleted_at)
VALUES (:pipeline_id, :task_id, :version_id, :closed, :kind_human, 'human', :requests, :requests, :requests, :requests, 0, clock_timestamp(),
        clock_timestamp(), clock_timestamp())
RETURNING id

-- name: review_edit_attempts(pipeline_id, task_id, batch_id, records, outputs, scores, findings)
INSERT INTO smelt.attempt (pipeline_id, task_id, batch_id, record_id, outcome, cause, score, cost_picousd, output, findings, built_from)
SELECT :pipeline_id, :task_id, :batch_id, j.record_id, :accepted, :cause_none, j.score, 0, j.output::jsonb, j.findings::jsonb, a.built_from
  FROM unnest(:records::bigint[], :outputs::text[], :scores::real[], :findings::text[]) AS j (record_id, output, score, findings)
  JOIN smelt.item AS i ON i.pipeline_id = :pipeline_id AND i.task_id = :task_id AND i.record_id = j.record_id
  JOIN smelt.attempt AS a ON a.pipeline_id = :pipeline_id AND a.batch_id = i.accepted_batch_id AND a.record_id = i.record_id

-- name: review_edit_items(pipeline_id, task_id, batch_id, records)
UPDATE smelt.item SET accepted_batch_id = :batch_id, batch_id = :batch_id, review = :review_given
 WHERE pipeline_id = :pipeline_id AND task_id = :task_id AND record_id = ANY (:records::bigint[])

-- name: review_score_correct(pipeline_id, task_id, records, batches, sign)
-- 1: these answers of models are no results any more; -1: they are again.
INSERT INTO smelt.score_correction (task_id, answers, score)
SELECT :task_id, :sign::int * count(*), :sign::int * sum(a.score)
  FROM unnest(:records::bigint[], :batches::int[]) AS j (record_id, batch_id)
  JOIN smelt.attempt AS a ON a.pipeline_id = :pipeline_id AND a.batch_id = j.batch_id AND a.record_id = j.record_id
  JOIN smelt.batch AS b ON b.id = j.batch_id AND b.kind = :kind_provider
HAVING count(*) > 0

-- name: review_undo_lock(pipeline_id, review_id)
-- Items before reviews, as everywhere.
SELECT v.task_id, v.record_id, v.batch_id, v.verdict
  FROM smelt.review AS v
  JOIN smelt.item AS i ON i.pipeline_id = :pipeline_id AND i.task_id = v.task_id AND i.record_id = v.record_id
 WHERE v.pipeline_id = :pipeline_id AND v.id = :review_id AND v.undone_at IS NULL
   FOR UPDATE

-- name: review_undo(pipeline_id, review_id)
-- The item as it was before, unless something has come of the verdict since: it was asked again, judged again, or its record has changed.
UPDATE smelt.item AS i
   SET status = :extracted, claimable = false, accepted_batch_id = v.batch_id, batch_id = v.batch_id, review = v.former, skip_reason = NULL
  FROM smelt.review AS v
  JOIN smelt.attempt AS a ON a.pipeline_id = :pipeline_id AND a.batch_id = v.batch_id AND a.record_id = v.record_id
  JOIN smelt.record AS r ON r.pipeline_id = :pipeline_id AND r.id = v.record_id
 WHERE v.pipeline_id = :pipeline_id AND v.id = :review_id AND v.undone_at IS NULL
   AND i.pipeline_id = :pipeline_id AND i.task_id = v.task_id AND i.record_id = v.record_id AND i.review = :review_given
   AND CASE WHEN v.verdict IN (:verdict_accepted, :verdict_approved, :verdict_edited)
            THEN i.status = :extracted AND i.accepted_batch_id = coalesce(v.edit_batch_id, v.batch_id)
            WHEN v.verdict = :verdict_rejected
            THEN i.accepted_batch_id IS NULL AND i.status IN (:pending, :waiting) AND i.attempts = 0 AND i.deliveries = 0
                 AND a.applied_at >= r.changed_at
            ELSE i.accepted_batch_id IS NULL AND i.status = :failed AND i.skip_reason LIKE 'rejected: %' END

-- name: review_undone(pipeline_id, review_id)
UPDATE smelt.review SET undone_at = clock_timestamp() WHERE pipeline_id = :pipeline_id AND id = :review_id

-- name: review_scores(pipeline_id, task_id)
SELECT score, verdict = :verdict_accepted AS good FROM smelt.judged WHERE pipeline_id = :pipeline_id AND task_id = :task_id ORDER BY score DESC

-- name: review_approvable(pipeline_id, task_id, least, keys, after_record, most)
-- In the order of loading.
SELECT i.record_id, i.accepted_batch_id, i.review = :review_wanted AS is_doubtful
  FROM smelt.item AS i
  JOIN smelt.attempt AS a ON a.pipeline_id = :pipeline_id AND a.batch_id = i.accepted_batch_id AND a.record_id = i.record_id
 WHERE i.pipeline_id = :pipeline_id AND i.task_id = :task_id AND i.record_id > :after_record AND i.status = :extracted
   AND i.review IN (:review_none, :review_wanted) AND a.score >= :least::real
   AND (:keys::text[] IS NULL
        OR i.record_id IN (SELECT coalesce(r.copy_of, r.id) FROM smelt.record AS r
                            WHERE r.pipeline_id = :pipeline_id AND r.key = ANY (:keys::text[])))
 ORDER BY i.record_id LIMIT :most

-- name: review_token()
SELECT gen_random_uuid()::text
