-- The views in smelt_out.

-- name: task_of_view(pipeline_id, view_name)
-- Whose task of another pipeline has a view of this name.
SELECT p.name AS pipeline, t.name AS task
  FROM smelt.task AS t
  JOIN smelt.pipeline AS p ON p.id = t.pipeline_id
 WHERE t.active AND p.id <> :pipeline_id AND p.name || '_' || t.name = :view_name::text

-- name: view_dependents(name)
-- Whether another view reads this one.
SELECT EXISTS (SELECT FROM pg_depend AS d
                 JOIN pg_rewrite AS r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
                WHERE d.refobjid = to_regclass(:name) AND r.ev_class <> d.refobjid)

-- name: view_lock()
SELECT pg_advisory_xact_lock(hashtext('smelt.view'))
