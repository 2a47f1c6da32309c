-- Budgets.

-- name: budget_declared(pipeline_id)
SELECT b.account_id, b.period, l.limit_picousd
  FROM smelt.budget_limit AS l
  JOIN smelt.budget AS b ON b.id = l.budget_id
 WHERE l.pipeline_id = :pipeline_id
 ORDER BY b.account_id NULLS FIRST, b.period

-- name: budget_declare_lock()
-- Whoever else declares comes first, whole: two may meet one account for the first time.
SELECT pg_advisory_xact_lock(hashtext('smelt.budget'))

-- name: budget_forget(pipeline_id)
-- In the order in which claims lock budgets.
WITH mine AS (
    SELECT b.id FROM smelt.budget AS b
     WHERE b.id IN (SELECT budget_id FROM smelt.budget_limit WHERE pipeline_id = :pipeline_id)
     ORDER BY b.id FOR UPDATE)
DELETE FROM smelt.budget_limit WHERE pipeline_id = :pipeline_id AND budget_id IN (SELECT id FROM mine)

-- name: budget_declare(pipeline_id, account_id, period, limit)
-- account_id: null where it is the pipeline's own.
WITH made AS (
    INSERT INTO smelt.budget (pipeline_id, account_id, period)
    SELECT CASE WHEN :account_id::int IS NULL THEN :pipeline_id::int END, :account_id::int, :period
    ON CONFLICT DO NOTHING
    RETURNING id)
INSERT INTO smelt.budget_limit (budget_id, pipeline_id, limit_picousd)
SELECT id, :pipeline_id::int, :limit::bigint FROM made
 UNION ALL
SELECT b.id, :pipeline_id::int, :limit::bigint FROM smelt.budget AS b
 WHERE b.period = :period AND (b.account_id = :account_id::int OR (:account_id::int IS NULL AND b.pipeline_id = :pipeline_id::int))
 LIMIT 1

-- name: budget_drop_unsaid()
DELETE FROM smelt.budget AS b WHERE NOT EXISTS (SELECT FROM smelt.budget_limit AS l WHERE l.budget_id = b.id)

-- name: budget_any(pipeline_id, account_id)
SELECT EXISTS (SELECT FROM smelt.budget WHERE pipeline_id = :pipeline_id OR account_id = :account_id)

-- name: budget_lock(pipeline_id, account_id)
SELECT id FROM smelt.budget WHERE pipeline_id = :pipeline_id OR account_id = :account_id ORDER BY id FOR NO KEY UPDATE

-- name: budget_list(pipeline_id, account_id, invocation_id, without)
-- What applies to what the pipeline asks of the account, as if there were no batch `without`.
SELECT b.id, b.period, l.limit_picousd, u.spent, u.reserved, u.building, u.unbounded > 0, b.wanted_picousd,
       coalesce((SELECT a.provider || ' at ' || a.base_url FROM smelt.account AS a WHERE a.id = b.account_id), '') AS account,
       (SELECT string_agg(p.name, ', ' ORDER BY m.limit_picousd, p.name) FROM smelt.budget_limit AS m JOIN smelt.pipeline AS p ON p.id = m.pipeline_id
         WHERE m.budget_id = b.id) AS said_by
  FROM smelt.budget AS b
  JOIN LATERAL (SELECT min(limit_picousd) AS limit_picousd FROM smelt.budget_limit WHERE budget_id = b.id) AS l ON l.limit_picousd IS NOT NULL
 CROSS JOIN LATERAL smelt.budget_use(b, :invocation_id, :without) AS u
 WHERE b.pipeline_id = :pipeline_id OR b.account_id = :account_id
 ORDER BY b.id

-- name: budget_want(budget_id, wanted)
UPDATE smelt.budget SET wanted_picousd = :wanted WHERE id = :budget_id AND wanted_picousd IS DISTINCT FROM :wanted

-- name: budget_report(pipeline)
SELECT coalesce(b.pipeline, b.provider || ' at ' || b.base_url) AS of, b.per, b.limit_usd::text, b.spent_usd::text, b.reserved_usd::text, b.left_usd::text,
       b.is_used_up, b.is_too_small, b.differ, b.said_by, b.account_id IS NOT NULL AS is_of_account
  FROM smelt.budgets AS b
 WHERE :pipeline = '' OR b.pipeline = :pipeline
    OR b.account_id IN (SELECT a.account_id FROM smelt.pipeline_account AS a JOIN smelt.pipeline AS p ON p.id = a.pipeline_id WHERE p.name = :pipeline)
 ORDER BY b.id
