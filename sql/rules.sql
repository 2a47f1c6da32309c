-- Where rules and filters are evaluated.

-- name: rules_calls()
-- What the parsed form of smelt_expressions names that an expression may not use. Constants stand in it as bytes, so no
-- text of theirs can look like a name. A relation is the role's business, a function that reads relations by their name is not.
WITH tree AS (
    SELECT ev_action::text AS parsed FROM pg_rewrite WHERE ev_class = 'pg_temp.smelt_expressions'::regclass),
called AS (
    SELECT DISTINCT found[1]::oid AS id
      FROM tree, regexp_matches(parsed, ':(?:funcid|opfuncid|aggfnoid|winfnoid) (\d+)', 'g') AS found
     UNION
    SELECT o.oprcode::oid
      FROM tree, regexp_matches(parsed, ':opno (\d+)', 'g') AS found
      JOIN pg_operator AS o ON o.oid = found[1]::oid),
used AS (
    SELECT DISTINCT found[1]::oid AS id
      FROM tree, regexp_matches(parsed, ':(?:resulttype|consttype|vartype|funcresulttype) (\d+)', 'g') AS found)
SELECT format('%s()', CASE WHEN p.pronamespace = 'pg_catalog'::regnamespace THEN quote_ident(p.proname) ELSE p.oid::regproc::text END) AS name,
       CASE WHEN p.pronamespace <> 'pg_catalog'::regnamespace THEN 'which is not one of pg_catalog'
            WHEN p.prosecdef THEN 'which runs with the rights of its owner'
            WHEN p.provolatile = 'v' THEN 'whose result does not only depend on its arguments, or which changes something'
            ELSE 'which reads tables by their names' END AS why
  FROM called
  JOIN pg_proc AS p ON p.oid = called.id
 WHERE (p.pronamespace <> 'pg_catalog'::regnamespace AND p.oid <> 'smelt_functions.normalised(text)'::regprocedure)
    OR p.prosecdef OR p.provolatile = 'v'
    OR p.proname ~ '^(table|schema|database|query|cursor)_to_xml' OR p.proname IN ('ts_stat', 'ts_rewrite')
       AND 'text'::regtype = ANY (p.proargtypes::oid[])
 UNION ALL
SELECT format('the type %s', t.oid::regtype), 'which is not one of pg_catalog'
  FROM used
  JOIN pg_type AS t ON t.oid = used.id
 WHERE t.typnamespace <> 'pg_catalog'::regnamespace
 ORDER BY 1

-- name: rules_environment()
SELECT set_config('search_path', 'pg_catalog, smelt_functions', true)

-- name: rules_exported(pipeline_id, tasks, records)
-- What expressions of an export are computed from.
SELECT r.id AS record_id, r.key, r.fields, coalesce(r.evidence, '{}') AS evidence, coalesce(n.tasks, '{}') AS tasks, coalesce(n.items, '{}') AS items, o.output, o.score, o.skip_reason, o.status
  FROM smelt.record AS r
  LEFT JOIN LATERAL (
       SELECT jsonb_object_agg(t.name, a.output) FILTER (WHERE a.batch_id IS NOT NULL) AS tasks,
              jsonb_object_agg(t.name, jsonb_build_object(
                  'status', smelt.item_status_name(i.status), 'reason', CASE WHEN i.status <> :extracted THEN smelt.why_unanswered(i) END, 'score', a.score::numeric,
                  'needs_review', i.review = :review_wanted, 'model', coalesce(a.model, b.model),
                  'extracted_at', to_char(a.applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))) AS items
         FROM smelt.item AS i
         JOIN smelt.task AS t ON t.id = i.task_id
         LEFT JOIN smelt.batch AS b ON b.id = i.accepted_batch_id
         LEFT JOIN smelt.attempt AS a ON a.pipeline_id = :pipeline_id AND a.batch_id = i.accepted_batch_id AND a.record_id = i.record_id
        WHERE i.pipeline_id = :pipeline_id AND i.record_id = coalesce(r.copy_of, r.id) AND i.task_id = ANY (:tasks::int[])) AS n ON true
  LEFT JOIN LATERAL (
       SELECT a.output, a.score::numeric AS score, i.skip_reason, smelt.item_status_name(i.status) AS status
         FROM smelt.item AS i
         LEFT JOIN smelt.attempt AS a ON a.pipeline_id = :pipeline_id AND a.batch_id = i.accepted_batch_id AND a.record_id = i.record_id
        WHERE i.pipeline_id = :pipeline_id AND i.record_id = coalesce(r.copy_of, r.id) AND i.task_id = (:tasks::int[])[1]) AS o ON true
 WHERE r.pipeline_id = :pipeline_id AND r.id = ANY (:records::bigint[])
OFFSET 0

-- name: rules_family_places(pattern, flags)
-- Where a family is found: its first matches in each text, and how many there are. What stands before a match, and behind the last one, are
-- the pieces between matches.
SELECT n, i, matches, place, words
  FROM (SELECT v.n, w.i, left(w.found[1], 200) AS words, w.found IS NOT NULL AS is_match, count(w.found) OVER (PARTITION BY v.n) AS matches,
               sum(length(w.piece) + coalesce(length(w.found[1]), 0)) OVER (PARTITION BY v.n ORDER BY w.i) - length(w.found[1]) + 1 AS place
          FROM (SELECT n, x FROM (VALUES (0, NULL::text)) AS t (n, x) WHERE regexp_like(x, :pattern, :flags) OFFSET 0) AS v
         CROSS JOIN LATERAL ROWS FROM (regexp_matches(v.x, :pattern, :flags || 'g'), regexp_split_to_table(v.x, :pattern, :flags))
               WITH ORDINALITY AS w (found, piece, i)) AS p
 WHERE is_match AND i <= 20
 ORDER BY n, i

-- name: rules_items(pipeline_id, task_id)
-- What --where chooses among, copies with the answers of their originals.
SELECT r.id AS record_id, r.key, r.fields, coalesce(r.evidence, '{}') AS evidence, a.output, a.score::numeric AS score, i.skip_reason, smelt.item_status_name(i.status) AS status
  FROM smelt.item AS i
 CROSS JOIN LATERAL (
       SELECT i.record_id AS id
        UNION ALL
       SELECT c.id FROM smelt.record AS c WHERE c.pipeline_id = :pipeline_id AND c.copy_of = i.record_id) AS x
  JOIN smelt.record AS r ON r.pipeline_id = :pipeline_id AND r.id = x.id
  LEFT JOIN smelt.attempt AS a ON a.pipeline_id = i.pipeline_id AND a.batch_id = i.accepted_batch_id AND a.record_id = i.record_id
 WHERE i.pipeline_id = :pipeline_id AND i.task_id = :task_id
OFFSET 0

-- name: rules_records(pipeline_id)
-- What --where chooses among where records are meant.
SELECT r.id AS record_id, r.key, r.fields, coalesce(r.evidence, '{}') AS evidence
  FROM smelt.record AS r
 WHERE r.pipeline_id = :pipeline_id AND r.skip IS DISTINCT FROM 'forgotten'
OFFSET 0

-- name: rules_role()
-- Whether it may read the answers that wait in a slice, which roles made for older versions may not.
SELECT pg_catalog.has_column_privilege(oid, 'smelt.attempt', 'output', 'SELECT') AS reads_answers
  FROM pg_catalog.pg_roles WHERE rolname = 'smelt_rules' AND pg_catalog.pg_has_role(current_user, oid, 'MEMBER')
