-- The public face for SQL users; docs/sql.md documents it with example queries.

-- A batch that was built is not sent yet, and one that was abandoned before its create never was. Of a synchronous service's
-- batch, what was never dispatched went back.
CREATE FUNCTION smelt.requests_sent(b smelt.batch) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN b.kind <> 0 THEN 0
                WHEN b.dispatched IS NOT NULL THEN least(b.dispatched, b.sent - b.not_run)
                WHEN b.state = 0 OR (b.state = 6 AND b.send_until IS NULL) THEN 0
                ELSE b.sent END
$$;

-- Nothing where no part of it is known; free is 0.
CREATE FUNCTION smelt.cost_usd(picousd numeric, unpriced numeric, requests numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN picousd > 0 OR (unpriced = 0 AND requests > 0) THEN round(picousd / 1e12, 6) END
$$;

-- Requests that it is known what became of.
CREATE FUNCTION smelt.accounted(b smelt.batch) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT b.accepted + b.rejected + b.errored + b.expired + b.cancelled + b.missing + b.not_run
$$;

-- What a budget counts a batch for: what it may cost until that is known, and for ever where it cannot be known whole. One that was
-- abandoned before anybody can have worked on it costs nothing.
CREATE FUNCTION smelt.charge(b smelt.batch) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN b.kind <> 0 THEN 0
                WHEN b.state = 6 AND b.remote_id IS NULL AND b.dispatched IS NULL THEN 0
                WHEN b.state = 5 AND b.unpriced = 0 THEN b.cost_picousd
                ELSE greatest(b.reserved_picousd, b.cost_picousd) END
$$;

-- When the day or month began that it is now, in UTC. A batch belongs to the day on which it was begun.
CREATE FUNCTION smelt.period_start(period text) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN period IN ('day', 'month') THEN date_trunc(period, clock_timestamp() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' ELSE '-infinity' END
$$;

-- What of a budget is used, as if there were no batch `without`. invocation: whose, where the budget is of one. building: by batches that
-- reserve all that is left until it is known what they need; a run that has died builds nothing. unbounded: unfinished batches of which
-- nobody has said what they may cost, because there was no budget then.
CREATE FUNCTION smelt.budget_use(budget smelt.budget, invocation int, without int, OUT spent bigint, OUT reserved bigint, OUT building bigint,
                                 OUT unbounded bigint)
    LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(smelt.charge(b)) FILTER (WHERE b.state > 4), 0)::bigint,
           coalesce(sum(smelt.charge(b)) FILTER (WHERE b.state <= 4 AND NOT (b.state = 0 AND b.sent = 0)), 0)::bigint,
           coalesce(sum(smelt.charge(b)) FILTER (WHERE b.state = 0 AND b.sent = 0
               AND EXISTS (SELECT FROM smelt.runner AS r WHERE r.id = b.runner_id AND r.ended_at IS NULL AND r.lease_until > clock_timestamp())), 0)::bigint,
           count(*) FILTER (WHERE b.state <= 4 AND b.sent > 0 AND b.reserved_picousd IS NULL)
      FROM smelt.batch AS b
     WHERE (b.pipeline_id = budget.pipeline_id OR b.account_id = budget.account_id) AND b.kind = 0
       AND b.created_at >= smelt.period_start(budget.period)
       AND (budget.period <> 'invocation' OR b.invocation_id = invocation)
       AND b.id <> without
$$;

CREATE VIEW smelt.budgets AS
SELECT p.name AS pipeline, a.provider, a.base_url, b.period AS per,
       round(l.limit_picousd / 1e12, 12) AS limit_usd,
       round(u.spent / 1e12, 12) AS spent_usd, round((u.reserved + u.building) / 1e12, 12) AS reserved_usd,
       round(CASE WHEN u.unbounded > 0 THEN 0 ELSE greatest(l.limit_picousd - u.spent - u.reserved - u.building, 0) END / 1e12, 12) AS left_usd,
       l.limit_picousd - u.spent < greatest(coalesce(b.wanted_picousd, 0), 1) AS is_used_up,
       l.limit_picousd < coalesce(b.wanted_picousd, 0) AS is_too_small, round(b.wanted_picousd / 1e12, 12) AS wanted_usd,
       l.differ, l.said_by, b.id, b.pipeline_id, b.account_id
  FROM smelt.budget AS b
  JOIN LATERAL (SELECT min(m.limit_picousd) AS limit_picousd, count(DISTINCT m.limit_picousd) > 1 AS differ,
                       string_agg(q.name, ', ' ORDER BY m.limit_picousd, q.name) AS said_by
                  FROM smelt.budget_limit AS m JOIN smelt.pipeline AS q ON q.id = m.pipeline_id
                 WHERE m.budget_id = b.id HAVING count(*) > 0) AS l ON true
  LEFT JOIN smelt.pipeline AS p ON p.id = b.pipeline_id
  LEFT JOIN smelt.account AS a ON a.id = b.account_id
  CROSS JOIN LATERAL (SELECT max(x.invocation_id) AS id FROM smelt.batch AS x
                       WHERE (x.pipeline_id = b.pipeline_id OR x.account_id = b.account_id) AND x.kind = 0) AS i
  CROSS JOIN LATERAL smelt.budget_use(b, i.id, 0) AS u;
COMMENT ON VIEW smelt.budgets IS 'What may be spent, and what is. A budget is of a pipeline, or of an account (provider and base_url). per invocation: of the last run that has sent something. reserved: the most that the unfinished batches may cost. differ: pipeline files say it differently, and the smallest limit holds. said_by: these pipelines, the smallest limit first. wanted: what the request may cost that last did not fit; is_too_small: more than the limit';

CREATE VIEW smelt.item_counts AS
SELECT pipeline_id, task_id, status, claimable, review, sum(items)::bigint AS items
  FROM (SELECT * FROM smelt.status_base UNION ALL SELECT * FROM smelt.status_delta) AS parts
 GROUP BY 1, 2, 3, 4, 5;
COMMENT ON VIEW smelt.item_counts IS 'Exact counts of items at the moment of the query, without reading the items';

CREATE VIEW smelt.status AS
SELECT p.name AS pipeline,
       t.name AS task,
       coalesce(c.total, 0) AS total,
       coalesce(c.waiting, 0) AS waiting,
       coalesce(c.pending, 0) AS pending,
       coalesce(c.submitted, 0) AS submitted,
       coalesce(c.extracted, 0) AS extracted,
       coalesce(c.retrying, 0) AS retrying,
       coalesce(c.failed_validation, 0) AS failed_validation,
       coalesce(c.failed, 0) AS failed,
       coalesce(c.skipped, 0) AS skipped,
       coalesce(c.to_review, 0) AS to_review,
       coalesce(c.reviewed, 0) AS reviewed,
       coalesce(c.overtaken, 0) AS overtaken,
       coalesce(b.open_batches, 0) AS open_batches,
       b.mean_score,
       coalesce(b.input_tokens, 0) AS input_tokens,
       coalesce(b.output_tokens, 0) AS output_tokens,
       b.cost_usd,
       coalesce(b.unpriced_batches, 0) AS unpriced_batches,
       h.reason AS hold,
       m.reason AS over_budget,
       t.active,
       (SELECT count(*) FROM smelt.record AS c WHERE c.pipeline_id = p.id AND c.copy_of IS NOT NULL) AS copies,
       (SELECT count(*) FROM smelt.write_back AS w WHERE w.pipeline_id = p.id AND w.task_id = t.id AND w.error IS NOT NULL) AS stuck_writes
  FROM smelt.task AS t
  JOIN smelt.pipeline AS p ON p.id = t.pipeline_id
  LEFT JOIN LATERAL (
       SELECT sum(items)::bigint AS total,
              sum(items) FILTER (WHERE status = 6)::bigint AS waiting,
              sum(items) FILTER (WHERE status = 0)::bigint AS pending,
              sum(items) FILTER (WHERE status = 1)::bigint AS submitted,
              sum(items) FILTER (WHERE status = 2)::bigint AS extracted,
              sum(items) FILTER (WHERE status = 3 AND claimable)::bigint AS retrying,
              sum(items) FILTER (WHERE status = 3 AND NOT claimable)::bigint AS failed_validation,
              sum(items) FILTER (WHERE status = 4)::bigint AS failed,
              sum(items) FILTER (WHERE status = 5)::bigint AS skipped,
              sum(items) FILTER (WHERE review = 'w')::bigint AS to_review,
              sum(items) FILTER (WHERE review IN ('g', 'o'))::bigint AS reviewed,
              sum(items) FILTER (WHERE review = 'o')::bigint AS overtaken
         FROM smelt.item_counts AS c
        WHERE c.pipeline_id = t.pipeline_id AND c.task_id = t.id) AS c ON true
  LEFT JOIN LATERAL (
       SELECT count(*) FILTER (WHERE state < 5) AS open_batches,
              round(((sum(score_sum) - (SELECT coalesce(sum(s.score), 0) FROM smelt.score_correction AS s WHERE s.task_id = t.id))
                     / nullif(sum(b.accepted) - (SELECT coalesce(sum(s.answers), 0) FROM smelt.score_correction AS s WHERE s.task_id = t.id), 0)
                    )::numeric, 4)::float8 AS mean_score,
              sum(input_tokens)::bigint AS input_tokens,
              sum(output_tokens)::bigint AS output_tokens,
              smelt.cost_usd(sum(cost_picousd), sum(unpriced), sum(smelt.accounted(b))) AS cost_usd,
              count(*) FILTER (WHERE unpriced > 0) AS unpriced_batches
         FROM smelt.batch AS b
        WHERE b.task_id = t.id AND b.kind = 0) AS b ON true
  LEFT JOIN LATERAL (
       SELECT string_agg(CASE WHEN h.task_id IS NOT NULL AND h.rung IS NOT NULL AND cardinality(t.accounts) > 1
                              THEN CASE WHEN h.rung < 0 THEN 'fallback: ' ELSE 'rung ' || h.rung || ': ' END
                              WHEN h.account_id <> t.accounts[1] THEN (SELECT a.provider || ': ' FROM smelt.account AS a WHERE a.id = h.account_id)
                              ELSE '' END || h.reason, '; ' ORDER BY h.id) AS reason
         FROM smelt.hold AS h
        WHERE ((h.task_id = t.id AND (h.rung IS NULL OR h.rung < cardinality(t.accounts))) OR h.account_id = ANY (t.accounts))
          AND (h.key_fingerprint IS NULL OR h.pipeline_id = p.id
               OR EXISTS (SELECT FROM smelt.pipeline_account AS a
                           WHERE a.pipeline_id = p.id AND a.account_id = h.account_id AND a.key_fingerprint = h.key_fingerprint))
          AND h.lifted_at IS NULL AND (h.until IS NULL OR h.until > now())) AS h ON true
  LEFT JOIN LATERAL (
       SELECT string_agg('the budget of $' || trim_scale(g.limit_usd) || CASE g.per WHEN 'total' THEN ' in total' ELSE ' per ' || g.per END
                         || coalesce(' at ' || g.provider, '')
                         || CASE WHEN g.is_too_small THEN ' is less than a request may cost ($' || trim_scale(g.wanted_usd) || ')'
                                 WHEN g.left_usd * 20 >= g.limit_usd THEN ' has less left than the next request may cost' ELSE ' is used up' END, '; ' ORDER BY g.id) AS reason
         FROM smelt.budgets AS g
        WHERE g.is_used_up AND (g.per <> 'invocation' OR g.is_too_small) AND (g.pipeline_id = p.id OR g.account_id = ANY (t.accounts))
          AND coalesce(c.pending, 0) + coalesce(c.retrying, 0) > 0) AS m ON true
 WHERE t.active OR b.open_batches > 0;
COMMENT ON VIEW smelt.status IS 'One row per task of the pipeline file (and per task that it names no more while batches of it are open): items by status, open batches, tokens and cost. retrying: an invalid answer, attempts left; failed_validation: none left. to_review: doubtful answers that wait for a person; reviewed: a person has judged them; overtaken: of these, such as stay although what they were made from has changed. over_budget: why what is pending is not sent';

CREATE VIEW smelt.items AS
SELECT p.name AS pipeline, t.name AS task, r.key,
       smelt.item_status_name(i.status) AS status,
       i.claimable, i.stale, i.rung, i.attempts, i.deliveries,
       CASE WHEN i.claimable AND i.not_before > now() THEN i.not_before END AS not_before,
       i.skip_reason, coalesce(CASE WHEN i.status = 6 THEN 'source: ' || r.incomplete END, w.waits_for, CASE WHEN i.status = 6 THEN 'the next run, which decides whether it is sent' END) AS waits_for,
       i.batch_id, i.accepted_batch_id, i.priority,
       f.path AS source_file, r.line AS source_line,
       i.pipeline_id, i.task_id, i.record_id
  FROM smelt.item AS i
  JOIN smelt.pipeline AS p ON p.id = i.pipeline_id
  JOIN smelt.task AS t ON t.id = i.task_id
  JOIN smelt.record AS r ON r.pipeline_id = i.pipeline_id AND r.id = i.record_id
  LEFT JOIN smelt.source_file AS f ON f.id = r.source_file_id
  LEFT JOIN LATERAL (
       SELECT string_agg(nt.name || ', which ' || CASE coalesce(n.status, -1)
                  WHEN -1 THEN 'has no such item' WHEN 3 THEN CASE WHEN n.claimable THEN 'is asked again' ELSE 'failed validation' END
                  WHEN 4 THEN 'failed' WHEN 5 THEN 'was skipped (' || n.skip_reason || ')'
                  ELSE 'is ' || smelt.item_status_name(n.status) END, '; ' ORDER BY nt.position) AS waits_for
         FROM smelt.task AS nt
         LEFT JOIN smelt.item AS n ON n.pipeline_id = i.pipeline_id AND n.task_id = nt.id AND n.record_id = i.record_id
        WHERE i.status = 6 AND nt.id = ANY (t.needs) AND n.status IS DISTINCT FROM 2) AS w ON true;
COMMENT ON VIEW smelt.items IS 'One row per record and task. waits_for: of a waiting item, what its source has not, or the tasks whose answers it needs and has not';

CREATE VIEW smelt.batches AS
SELECT b.id, p.name AS pipeline, t.name AS task, smelt.batch_state_name(b.state) AS state, smelt.batch_kind_name(b.kind) AS kind,
       b.remote_status, b.remote_id, b.nonce, b.rung, b.model, b.name,
       b.claimed, CASE b.kind WHEN 0 THEN smelt.requests_sent(b) ELSE b.sent END AS sent, b.dispatched, b.accepted, b.rejected, b.errored, b.expired, b.cancelled, b.missing, b.not_run,
       b.orphaned,
       CASE WHEN b.state IN (5, 6) THEN 0
            ELSE b.sent - b.accepted - b.rejected - b.errored - b.expired - b.cancelled - b.missing - b.not_run END AS waiting,
       b.remote_total, b.remote_completed, b.remote_failed,
       b.created_at, b.submitted_at, b.last_checked_at, b.ended_at, b.closed_at, b.cancel_requested_at,
       smelt.cost_usd(b.cost_picousd, b.unpriced, smelt.accounted(b)) AS cost_usd, b.unpriced, round(b.reserved_picousd / 1e12, 6) AS reserved_usd,
       b.input_tokens, b.cached_tokens, b.output_tokens, b.reasoning_tokens, b.request_bytes, b.invocation_id,
       a.provider, a.base_url, v.hash AS version, b.error
  FROM smelt.batch AS b
  JOIN smelt.pipeline AS p ON p.id = b.pipeline_id
  JOIN smelt.task AS t ON t.id = b.task_id
  JOIN smelt.task_version AS v ON v.id = b.task_version_id
  LEFT JOIN smelt.account AS a ON a.id = b.account_id;
COMMENT ON VIEW smelt.batches IS 'Every batch that was ever begun. kind human: answers that a person has edited';

CREATE VIEW smelt.ledger AS
SELECT b.id AS batch_id, p.name AS pipeline, t.name AS task, smelt.batch_state_name(b.state) AS state,
       b.sent, b.accepted, b.rejected, b.errored, b.expired, b.cancelled, b.missing, b.not_run, o.orphaned,
       w.waiting, b.duplicate_lines AS duplicate, b.foreign_lines AS "foreign",
       l.left_over - w.waiting - o.orphaned AS balance
  FROM smelt.batch AS b
  JOIN smelt.pipeline AS p ON p.id = b.pipeline_id
  JOIN smelt.task AS t ON t.id = b.task_id
  CROSS JOIN LATERAL (
       SELECT CASE WHEN b.state IN (5, 6) OR (b.state = 0 AND b.sent = 0) THEN 0
                   ELSE (SELECT count(*)::int FROM smelt.item AS i WHERE i.batch_id = b.id AND i.status = 1) END AS waiting) AS w
  CROSS JOIN LATERAL (
       SELECT b.sent - b.accepted - b.rejected - b.errored - b.expired - b.cancelled - b.missing - b.not_run AS left_over) AS l
  CROSS JOIN LATERAL (
       SELECT CASE WHEN b.state IN (5, 6) THEN b.orphaned ELSE greatest(l.left_over - w.waiting, 0) END AS orphaned) AS o;
COMMENT ON VIEW smelt.ledger IS 'One row per batch: what became of every request that was sent. balance is 0, always; waiting is counted from the items, and orphaned requests had items that somebody deleted';

CREATE VIEW smelt.failures AS
SELECT p.name AS pipeline, t.name AS task, r.key,
       smelt.item_status_name(i.status) AS status,
       CASE WHEN i.skip_reason IS NULL THEN smelt.cause_name(a.cause) ELSE split_part(i.skip_reason, ': ', 1) END AS cause,
       coalesce(substr(i.skip_reason, strpos(i.skip_reason, ': ') + 2), a.message, (SELECT string_agg(f.value ->> 'message', '; ') FROM jsonb_array_elements(a.findings) AS f)) AS message,
       a.findings, i.attempts, i.deliveries, a.batch_id, a.applied_at,
       f.path AS source_file, r.line AS source_line,
       i.pipeline_id, i.task_id, i.record_id
  FROM smelt.item AS i
  JOIN smelt.pipeline AS p ON p.id = i.pipeline_id
  JOIN smelt.task AS t ON t.id = i.task_id
  JOIN smelt.record AS r ON r.pipeline_id = i.pipeline_id AND r.id = i.record_id
  LEFT JOIN smelt.source_file AS f ON f.id = r.source_file_id
  LEFT JOIN LATERAL (
       SELECT * FROM smelt.attempt AS a
        WHERE a.record_id = i.record_id AND a.pipeline_id = i.pipeline_id AND a.task_id = i.task_id AND a.outcome <> 0
        ORDER BY a.batch_id + 0 DESC LIMIT 1) AS a ON true
 WHERE i.status = 4 OR (i.status = 3 AND NOT i.claimable);
COMMENT ON VIEW smelt.failures IS 'Items that ended without a result, with the last reason; smelt retry makes them pending again';

-- Why an item has no answer: the filter, what it waits for, what was wrong with the last one.
CREATE FUNCTION smelt.why_unanswered(i smelt.item) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN i.status IN (4, 5) AND i.skip_reason IS NOT NULL THEN i.skip_reason
                WHEN i.status = 6 THEN (SELECT w.waits_for FROM smelt.items AS w
                                         WHERE w.pipeline_id = i.pipeline_id AND w.task_id = i.task_id AND w.record_id = i.record_id)
                WHEN i.status IN (3, 4)
                THEN (SELECT concat_ws(': ', smelt.cause_name(l.cause),
                                       coalesce(l.message, (SELECT string_agg(x.value ->> 'message', '; ') FROM jsonb_array_elements(l.findings) AS x)))
                        FROM smelt.attempt AS l
                       WHERE l.pipeline_id = i.pipeline_id AND l.record_id = i.record_id AND l.task_id = i.task_id AND l.outcome <> 0
                       ORDER BY l.batch_id + 0 DESC LIMIT 1) END
$$;

-- Whether any of the answers that one was made from, directly or not, is superseded.
CREATE FUNCTION smelt.needs_superseded(pipeline int, record bigint, needed int[]) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
           SELECT FROM smelt.task AS t
             LEFT JOIN smelt.item AS i ON i.pipeline_id = pipeline AND i.task_id = t.id AND i.record_id = record
             LEFT JOIN smelt.batch AS b ON b.id = i.accepted_batch_id
            WHERE t.id = ANY (needed) AND (i.status IS DISTINCT FROM 2 OR i.review = 'o' OR b.task_version_id <> t.current_version_id))
$$;

CREATE VIEW smelt.answered AS
SELECT p.name AS pipeline, t.name AS task, a.output, a.score::numeric AS score,
       i.review = 'w' AS needs_review, w.reviewer AS reviewed_by,
       a.findings AS warnings,
       coalesce(a.model, b.model) AS model,
       a.input_tokens, a.cached_tokens, a.output_tokens, a.reasoning_tokens,
       round(a.cost_picousd / 1e12, 9) AS cost_usd,
       i.status <> 2 OR i.review = 'o' OR b.task_version_id <> t.current_version_id
           OR (t.needs <> '{}' AND smelt.needs_superseded(i.pipeline_id, i.record_id, t.ancestors)) AS superseded,
       v.hash AS version, a.batch_id, a.applied_at AS extracted_at,
       i.pipeline_id, i.task_id, i.record_id
  FROM smelt.item AS i
  JOIN smelt.pipeline AS p ON p.id = i.pipeline_id
  JOIN smelt.task AS t ON t.id = i.task_id
  JOIN smelt.attempt AS a ON a.pipeline_id = i.pipeline_id AND a.batch_id = i.accepted_batch_id AND a.record_id = i.record_id
  JOIN smelt.batch AS b ON b.id = i.accepted_batch_id
  JOIN smelt.task_version AS v ON v.id = b.task_version_id
  LEFT JOIN LATERAL (
       SELECT w.reviewer FROM smelt.review AS w
        WHERE i.review IN ('g', 'o') AND w.pipeline_id = i.pipeline_id AND w.task_id = i.task_id AND w.record_id = i.record_id
          AND coalesce(w.edit_batch_id, w.batch_id) = i.accepted_batch_id AND w.undone_at IS NULL
        ORDER BY w.id DESC LIMIT 1) AS w ON true
 WHERE i.accepted_batch_id IS NOT NULL;
COMMENT ON VIEW smelt.answered IS 'The accepted answer of every item that has one, without its record: what smelt.results is made of';

-- The values of a part of a task's accepted answers: each element of a list by itself; objects and nulls are left out. path {}: of the
-- whole answer. since: of answers from then on; null: of all.
CREATE FUNCTION smelt.output_values(pipeline int, task int, path text[], since timestamptz) RETURNS SETOF jsonb LANGUAGE sql STABLE AS $$
    SELECT e.value
      FROM smelt.item AS i
      JOIN smelt.attempt AS a ON a.pipeline_id = pipeline AND a.batch_id = i.accepted_batch_id AND a.record_id = i.record_id
     CROSS JOIN LATERAL (SELECT a.output #> path AS value) AS v
     CROSS JOIN LATERAL jsonb_array_elements(CASE jsonb_typeof(v.value) WHEN 'array' THEN v.value ELSE jsonb_build_array(v.value) END) AS e
     WHERE i.pipeline_id = pipeline AND i.task_id = task AND i.accepted_batch_id IS NOT NULL
       AND (since IS NULL OR a.applied_at >= since)
       AND v.value IS NOT NULL AND jsonb_typeof(e.value) IN ('string', 'number', 'boolean')
$$;

CREATE VIEW smelt.results AS
SELECT x.pipeline, x.task, r.key, x.output, x.score, x.needs_review, x.reviewed_by, x.warnings, x.model,
       x.input_tokens, x.cached_tokens, x.output_tokens, x.reasoning_tokens, x.cost_usd,
       x.superseded, x.version, x.batch_id, x.extracted_at, NULL::text AS copy_of, r.fields, x.pipeline_id, x.task_id, x.record_id
  FROM smelt.answered AS x
  JOIN smelt.record AS r ON r.pipeline_id = x.pipeline_id AND r.id = x.record_id
 UNION ALL
SELECT x.pipeline, x.task, c.key, x.output, x.score, x.needs_review, x.reviewed_by, x.warnings, x.model,
       0, 0, 0, 0, 0,
       x.superseded, x.version, x.batch_id, x.extracted_at, r.key, c.fields, x.pipeline_id, x.task_id, c.id
  FROM smelt.record AS c
  JOIN smelt.answered AS x ON x.pipeline_id = c.pipeline_id AND x.record_id = c.copy_of
  JOIN smelt.record AS r ON r.pipeline_id = c.pipeline_id AND r.id = c.copy_of
 WHERE c.copy_of IS NOT NULL;
COMMENT ON VIEW smelt.results IS 'The accepted answer of every item that has one, and of every record that is a copy (dedupe) that of the record that was asked: copy_of is its key, and tokens and cost are there. needs_review: it is doubtful and no person has judged it; reviewed_by: who has. superseded: the record, prompt, model or schema has changed since, or those of an answer that it was made from';

CREATE VIEW smelt.rungs AS
SELECT p.name AS pipeline, t.name AS task, b.rung, a.provider, b.model,
       sum(smelt.requests_sent(b))::bigint AS requests, sum(b.accepted)::bigint AS accepted, sum(b.rejected)::bigint AS rejected,
       round(sum(b.accepted)::numeric / nullif(sum(b.accepted + b.rejected), 0), 4)::float8 AS accepted_share,
       sum(b.input_tokens)::bigint AS input_tokens, sum(b.output_tokens)::bigint AS output_tokens,
       smelt.cost_usd(sum(b.cost_picousd), sum(b.unpriced), sum(smelt.accounted(b))) AS cost_usd,
       count(*) FILTER (WHERE b.unpriced > 0) AS unpriced_batches
  FROM smelt.batch AS b
  JOIN smelt.pipeline AS p ON p.id = b.pipeline_id
  JOIN smelt.task AS t ON t.id = b.task_id
  JOIN smelt.account AS a ON a.id = b.account_id
 WHERE b.kind = 0
 GROUP BY p.name, t.name, b.rung, a.provider, b.model;
COMMENT ON VIEW smelt.rungs IS 'What each rung of a task''s ladder (retry.escalate) was asked, how much of it was accepted, and what it cost. Rung 0 is the task''s own model, rung -1 its fallback';

CREATE VIEW smelt.spend AS
SELECT p.name AS pipeline, t.name AS task, b.rung, a.provider, a.base_url, b.model, (b.created_at AT TIME ZONE 'UTC')::date AS day,
       count(*) AS batches, sum(smelt.requests_sent(b))::bigint AS requests, sum(b.accepted)::bigint AS accepted,
       sum(b.input_tokens)::bigint AS input_tokens, sum(b.cached_tokens)::bigint AS cached_tokens,
       sum(b.output_tokens)::bigint AS output_tokens, sum(b.reasoning_tokens)::bigint AS reasoning_tokens,
       smelt.cost_usd(sum(b.cost_picousd), sum(b.unpriced), sum(smelt.accounted(b))) AS cost_usd,
       round(sum(b.cost_picousd) FILTER (WHERE b.unpriced = 0) / 1e12 / nullif(sum(b.accepted) FILTER (WHERE b.unpriced = 0), 0), 9) AS cost_usd_per_accepted,
       count(*) FILTER (WHERE b.unpriced > 0) AS unpriced_batches
  FROM smelt.batch AS b
  JOIN smelt.pipeline AS p ON p.id = b.pipeline_id
  JOIN smelt.task AS t ON t.id = b.task_id
  JOIN smelt.account AS a ON a.id = b.account_id
 WHERE b.kind = 0
 GROUP BY 1, 2, 3, 4, 5, 6, 7;
COMMENT ON VIEW smelt.spend IS 'Tokens and money per task, rung, service, model and day. An unknown price is null and counted in unpriced_batches, never zero';

CREATE VIEW smelt.judged AS
SELECT v.pipeline_id, v.task_id, v.record_id, v.id AS review_id, v.verdict, v.edit_batch_id, a.output, a.score
  FROM smelt.review AS v
  JOIN smelt.batch AS b ON b.id = v.batch_id AND b.kind = 0
  JOIN smelt.attempt AS a ON a.pipeline_id = v.pipeline_id AND a.batch_id = v.batch_id AND a.record_id = v.record_id
 WHERE v.undone_at IS NULL AND v.verdict <> 4
   AND NOT EXISTS (SELECT FROM smelt.review AS n
                    WHERE n.pipeline_id = v.pipeline_id AND n.task_id = v.task_id AND n.record_id = v.record_id AND n.batch_id = v.batch_id
                      AND n.undone_at IS NULL AND n.verdict <> 4 AND n.id > v.id);
COMMENT ON VIEW smelt.judged IS 'Answers of models that a person has looked at, with the latest verdict about each: what the precision of scores is measured by';

CREATE VIEW smelt.reviews AS
SELECT p.name AS pipeline, t.name AS task, r.key, smelt.verdict_name(w.verdict) AS verdict, w.reason, w.reviewer, w.at, w.seconds,
       a.output, a.score::numeric AS score, e.output AS edited_output, coalesce(a.model, b.model) AS model, v.hash AS version, w.undone_at,
       w.id, w.batch_id, w.edit_batch_id, w.pipeline_id, w.task_id, w.record_id
  FROM smelt.review AS w
  JOIN smelt.pipeline AS p ON p.id = w.pipeline_id
  JOIN smelt.task AS t ON t.id = w.task_id
  JOIN smelt.record AS r ON r.pipeline_id = w.pipeline_id AND r.id = w.record_id
  JOIN smelt.attempt AS a ON a.pipeline_id = w.pipeline_id AND a.batch_id = w.batch_id AND a.record_id = w.record_id
  JOIN smelt.batch AS b ON b.id = w.batch_id
  JOIN smelt.task_version AS v ON v.id = b.task_version_id
  LEFT JOIN smelt.attempt AS e ON e.pipeline_id = w.pipeline_id AND e.batch_id = w.edit_batch_id AND e.record_id = w.record_id;
COMMENT ON VIEW smelt.reviews IS 'What people have said of answers: accepted (a person looked at it), edited, rejected (asked again with the reason), failed (rejected for good), approved (by its score, many at once). undone_at: taken back';
