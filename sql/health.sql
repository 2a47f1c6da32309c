-- What doctor looks at.

-- name: report_absent_views()
SELECT format('smelt_out.%I', p.name || '_' || t.name)
  FROM smelt.task AS t
  JOIN smelt.pipeline AS p ON p.id = t.pipeline_id
 WHERE t.active AND t.current_version_id IS NOT NULL
   AND to_regclass(format('smelt_out.%I', p.name || '_' || t.name)) IS NULL
 ORDER BY p.name, t.name

-- name: report_database_is_empty()
SELECT NOT EXISTS (
       SELECT FROM pg_class AS c
         JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f')
          AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
          AND NOT EXISTS (SELECT FROM pg_depend AS d
                           WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'))

-- name: report_dead_leases()
SELECT format('%s of pid %s on %s ended without saying so %s ago and left %s unfinished',
              'runner ' || r.id, r.pid, r.host, date_trunc('second', clock_timestamp() - r.lease_until),
              count(*) || CASE count(*) WHEN 1 THEN ' batch' ELSE ' batches' END)
  FROM smelt.runner AS r
  JOIN smelt.batch AS b ON b.runner_id = r.id AND b.state < :closed
 WHERE r.ended_at IS NULL AND r.lease_until < clock_timestamp()
 GROUP BY r.id
 ORDER BY r.id

-- name: report_deep_accepted()
SELECT format('item %s of task %s has no accepted attempt in batch %s', i.record_id, i.task_id, i.accepted_batch_id)
  FROM smelt.item AS i
 WHERE i.accepted_batch_id IS NOT NULL
   AND NOT EXISTS (SELECT FROM smelt.attempt AS a
                    WHERE a.pipeline_id = i.pipeline_id AND a.batch_id = i.accepted_batch_id AND a.record_id = i.record_id
                      AND a.task_id = i.task_id AND a.outcome = :accepted)
 LIMIT 20

-- name: report_deep_answered()
SELECT format('item %s of task %s still waits for batch %s, which has answered it', i.record_id, i.task_id, i.batch_id)
  FROM smelt.item AS i
  JOIN smelt.attempt AS a ON a.pipeline_id = i.pipeline_id AND a.batch_id = i.batch_id AND a.record_id = i.record_id
 WHERE i.status = :submitted
 LIMIT 20

-- name: report_deep_claims()
SELECT format('item %s of task %s is submitted in batch %s, which is %s', i.record_id, i.task_id, i.batch_id,
              coalesce(smelt.batch_state_name(b.state), 'not there'))
  FROM smelt.item AS i
  LEFT JOIN smelt.batch AS b ON b.id = i.batch_id AND b.pipeline_id = i.pipeline_id AND b.task_id = i.task_id
 WHERE i.status = :submitted AND (b.id IS NULL OR b.state IN (:closed, :abandoned))
 LIMIT 20

-- name: report_deep_dependents()
-- What needs other answers and does not rest on those that count now.
SELECT format('item %s of task %s is %s, but an answer that it needs is not there', i.record_id, i.task_id, smelt.item_status_name(i.status))
  FROM smelt.item AS i
  JOIN smelt.task AS t ON t.id = i.task_id AND t.needs <> '{}'
 WHERE i.claimable
   AND EXISTS (SELECT FROM unnest(t.needs) AS n (id)
                 LEFT JOIN smelt.item AS u ON u.pipeline_id = i.pipeline_id AND u.task_id = n.id AND u.record_id = i.record_id
                WHERE u.status IS DISTINCT FROM :extracted)
 UNION ALL
SELECT format('item %s of task %s is %s on other answers than those that it needs have now', i.record_id, i.task_id,
              smelt.item_status_name(i.status))
  FROM smelt.item AS i
  JOIN smelt.task AS t ON t.id = i.task_id AND t.needs <> '{}'
  JOIN smelt.batch AS b ON b.id = coalesce(i.batch_id, i.accepted_batch_id)
 WHERE i.status IN (:submitted, :extracted) AND NOT i.stale AND i.built_from IS NOT NULL AND NOT smelt.is_protected(i)
   AND smelt.parts_differ(i.pipeline_id, i.record_id, b.task_version_id, i.built_from)
 LIMIT 20

-- name: report_deep_due()
SELECT format('%s items of task %s are due to be looked at since %s', count(*), d.task_id, min(d.added_at))
  FROM smelt.item_due AS d
 WHERE d.added_at < now() - interval '1 day'
   AND EXISTS (SELECT FROM smelt.runner AS r WHERE r.started_at > d.added_at AND r.ended_at IS NOT NULL)
 GROUP BY d.task_id

-- name: report_deep_absent()
SELECT format('record %s has no item of task %s', r.id, t.id)
  FROM smelt.task AS t
  JOIN smelt.record AS r ON r.pipeline_id = t.pipeline_id
 WHERE t.active AND r.copy_of IS NULL AND r.skip IS DISTINCT FROM 'forgotten'
   AND NOT EXISTS (SELECT FROM smelt.item AS i WHERE i.pipeline_id = r.pipeline_id AND i.task_id = t.id AND i.record_id = r.id)
 LIMIT 20

-- name: report_deep_copies()
SELECT format('record %s is a copy of %s, but %s', c.id, c.copy_of,
              CASE WHEN r.id IS NULL THEN 'there is no such record'
                   WHEN r.copy_of IS NOT NULL THEN 'that is a copy, too'
                   WHEN r.skip IS NOT NULL AND NOT o.is_answered THEN 'that is skipped and has no answer'
                   WHEN r.dedupe_hash IS DISTINCT FROM c.dedupe_hash THEN 'the two are not equal'
                   ELSE 'it has items of its own' END)
  FROM smelt.record AS c
  LEFT JOIN smelt.record AS r ON r.pipeline_id = c.pipeline_id AND r.id = c.copy_of
  LEFT JOIN LATERAL (
       SELECT EXISTS (SELECT FROM smelt.task AS t
                        JOIN smelt.item AS i ON i.pipeline_id = c.pipeline_id AND i.task_id = t.id AND i.record_id = c.copy_of
                       WHERE t.pipeline_id = c.pipeline_id AND i.accepted_batch_id IS NOT NULL) AS is_answered) AS o ON true
 WHERE c.copy_of IS NOT NULL
   AND (r.id IS NULL OR r.copy_of IS NOT NULL OR (r.skip IS NOT NULL AND NOT o.is_answered) OR r.dedupe_hash IS DISTINCT FROM c.dedupe_hash
        OR EXISTS (SELECT FROM smelt.task AS t
                     JOIN smelt.item AS i ON i.pipeline_id = c.pipeline_id AND i.task_id = t.id AND i.record_id = c.id
                    WHERE t.pipeline_id = c.pipeline_id))
 LIMIT 20

-- name: report_deep_skips()
SELECT format('item %s of task %s is extracted and has a reason to be skipped: %s', record_id, task_id, skip_reason)
  FROM smelt.item WHERE status = :extracted AND skip_reason IS NOT NULL
 LIMIT 20

-- name: report_deep_counts()
SELECT format('task %s: %s items are %s%s%s, but the counts say %s', task_id, coalesce(counted.items, 0),
              smelt.item_status_name(status), CASE WHEN claimable THEN ' and claimable' ELSE '' END,
              CASE WHEN review <> 'n' THEN ' with review ' || review::text ELSE '' END, coalesce(kept.items, 0))
  FROM (SELECT pipeline_id, task_id, status, claimable, smelt.counted_review(status, review) AS review, count(*) AS items
          FROM smelt.item GROUP BY 1, 2, 3, 4, 5) AS counted
  FULL JOIN smelt.item_counts AS kept USING (pipeline_id, task_id, status, claimable, review)
 WHERE coalesce(counted.items, 0) <> coalesce(kept.items, 0)
 ORDER BY task_id, status
 LIMIT 20

-- name: report_deep_explained()
SELECT format('item %s of task %s ended without a result, and no attempt says why', i.record_id, i.task_id)
  FROM smelt.item AS i
 WHERE (i.status = :failed OR (i.status = :failed_validation AND NOT i.claimable)) AND i.skip_reason IS NULL
   AND NOT EXISTS (SELECT FROM smelt.attempt AS a
                    WHERE a.record_id = i.record_id AND a.pipeline_id = i.pipeline_id AND a.task_id = i.task_id AND a.outcome <> :accepted)
 LIMIT 20

-- name: report_deep_ledger()
-- Every column of a batch's ledger against its attempts. Requests of a batch that never ran have no attempts unless the
-- provider named them, so not_run is only an upper bound. A forgotten pipeline has no attempts.
SELECT format('batch %s: %s is %s, but its attempts say %s', b.id, c.name, c.stored, c.counted)
  FROM smelt.batch AS b
  LEFT JOIN (SELECT pipeline_id, batch_id,
                    count(*) FILTER (WHERE outcome = :accepted) AS accepted, count(*) FILTER (WHERE outcome = :rejected) AS rejected,
                    count(*) FILTER (WHERE outcome = :errored) AS errored, count(*) FILTER (WHERE outcome = :expired) AS expired,
                    count(*) FILTER (WHERE outcome = :cancelled) AS cancelled, count(*) FILTER (WHERE outcome = :missing) AS missing,
                    count(*) FILTER (WHERE outcome = :not_run) AS not_run
               FROM smelt.attempt
              GROUP BY 1, 2) AS a ON a.pipeline_id = b.pipeline_id AND a.batch_id = b.id
 CROSS JOIN LATERAL (VALUES
       ('accepted', b.accepted, coalesce(a.accepted, 0)), ('rejected', b.rejected, coalesce(a.rejected, 0)),
       ('errored', b.errored, coalesce(a.errored, 0)), ('expired', b.expired, coalesce(a.expired, 0)),
       ('cancelled', b.cancelled, coalesce(a.cancelled, 0)), ('missing', b.missing, coalesce(a.missing, 0)),
       ('not_run', b.not_run, greatest(coalesce(a.not_run, 0), b.not_run))) AS c (name, stored, counted)
 WHERE c.stored <> c.counted AND b.forgotten_at IS NULL
 ORDER BY b.id
 LIMIT 20

-- name: report_deep_orphans()
SELECT format('an attempt of record %s in batch %s belongs to no item or to no batch of task %s', a.record_id, a.batch_id, a.task_id)
  FROM smelt.attempt AS a
  LEFT JOIN smelt.item AS i ON i.pipeline_id = a.pipeline_id AND i.task_id = a.task_id AND i.record_id = a.record_id
  LEFT JOIN smelt.batch AS b ON b.id = a.batch_id AND b.pipeline_id = a.pipeline_id AND b.task_id = a.task_id
 WHERE b.id IS NULL
    OR (i.record_id IS NULL AND a.emptied IS NULL AND NOT EXISTS (SELECT FROM smelt.record AS c
                                             WHERE c.pipeline_id = a.pipeline_id AND c.id = a.record_id AND c.copy_of IS NOT NULL))
 LIMIT 20

-- name: report_deep_forgotten()
-- What was forgotten has left nothing, and no result is empty.
SELECT format('an attempt of record %s in batch %s is emptied and has content', a.record_id, a.batch_id)
  FROM smelt.attempt AS a
 WHERE a.emptied IS NOT NULL AND (a.output IS NOT NULL OR a.raw IS NOT NULL OR a.line IS NOT NULL OR a.findings IS NOT NULL OR a.message IS NOT NULL)
 UNION ALL
SELECT format('item %s of task %s has an accepted answer that is emptied', i.record_id, i.task_id)
  FROM smelt.item AS i
  JOIN smelt.attempt AS a ON a.pipeline_id = i.pipeline_id AND a.batch_id = i.accepted_batch_id AND a.record_id = i.record_id AND a.emptied IS NOT NULL
 UNION ALL
SELECT format('record %s is forgotten, nothing of it is under way, and its row is still there', r.id)
  FROM smelt.record AS r
 WHERE r.skip = 'forgotten'
   AND NOT EXISTS (SELECT FROM smelt.forgotten_request AS f WHERE f.pipeline_id = r.pipeline_id AND f.record_id = r.id)
 LIMIT 20

-- name: report_deep_retention()
SELECT format('batch %s: the content of %s answers was removed (retention), but %s have none', b.id, b.emptied, coalesce(a.emptied, 0))
  FROM smelt.batch AS b
  LEFT JOIN (SELECT pipeline_id, batch_id, count(*) AS emptied FROM smelt.attempt WHERE emptied = 'r' GROUP BY 1, 2) AS a
         ON a.pipeline_id = b.pipeline_id AND a.batch_id = b.id
 WHERE b.emptied <> coalesce(a.emptied, 0) AND b.forgotten_at IS NULL
 LIMIT 20

-- name: report_deep_records()
SELECT format('item %s of task %s belongs to no record', i.record_id, i.task_id)
  FROM smelt.item AS i
 WHERE NOT EXISTS (SELECT FROM smelt.record AS r WHERE r.pipeline_id = i.pipeline_id AND r.id = i.record_id)
 LIMIT 20

-- name: report_deep_spend()
-- Answers to requests whose items were deleted are paid for and have no attempts; nor has a forgotten pipeline.
SELECT format('batch %s: %s is %s, but its attempts sum to %s', b.id, c.name, c.stored, c.counted)
  FROM smelt.batch AS b
  LEFT JOIN (SELECT pipeline_id, batch_id, sum(input_tokens) AS input, sum(cached_tokens) AS cached, sum(output_tokens) AS output,
                    sum(reasoning_tokens) AS reasoning, sum(cost_picousd) AS cost, count(*) FILTER (WHERE cost_picousd IS NULL) AS unpriced
               FROM smelt.attempt
              WHERE outcome <> :not_sent
              GROUP BY 1, 2) AS a ON a.pipeline_id = b.pipeline_id AND a.batch_id = b.id
 CROSS JOIN LATERAL (VALUES
       ('input_tokens', b.input_tokens, coalesce(a.input, 0)), ('cached_tokens', b.cached_tokens, coalesce(a.cached, 0)),
       ('output_tokens', b.output_tokens, coalesce(a.output, 0)),
       ('reasoning_tokens', b.reasoning_tokens, coalesce(a.reasoning, 0)),
       ('cost_picousd', b.cost_picousd, coalesce(a.cost, 0)), ('unpriced', b.unpriced, coalesce(a.unpriced, 0))) AS c (name, stored, counted)
 WHERE b.forgotten_at IS NULL
   AND CASE WHEN b.orphaned > 0 OR b.state < :closed AND b.foreign_lines > 0 THEN c.stored < c.counted ELSE c.stored <> c.counted END
 ORDER BY b.id
 LIMIT 20

-- name: report_deep_waiting()
-- What a batch still waits for, by its ledger and by the items that name it. While it is built, nothing was sent yet.
SELECT format('batch %s (%s): %s requests wait by its ledger, but %s items do', b.id, smelt.batch_state_name(b.state),
              l.waiting, coalesce(i.waiting, 0))
  FROM smelt.batch AS b
 CROSS JOIN LATERAL (
       SELECT b.sent - b.accepted - b.rejected - b.errored - b.expired - b.cancelled - b.missing - b.not_run AS waiting) AS l
  LEFT JOIN (SELECT batch_id, count(*) AS waiting FROM smelt.item WHERE status = :submitted GROUP BY 1) AS i ON i.batch_id = b.id
 WHERE b.state BETWEEN :submitting AND :ended AND l.waiting <> coalesce(i.waiting, 0) OR b.state > :ended AND coalesce(i.waiting, 0) > 0
 ORDER BY b.id
 LIMIT 20

-- name: report_holds()
SELECT h.until IS NULL AND h.kind <> 'cancel' AS needs_person,
       coalesce(p.name || coalesce('/' || t.name, ''), a.provider || ' at ' || a.base_url) || ': ' || h.reason
       || coalesce(' (until ' || to_char(h.until AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI "UTC"') || ')', '')
  FROM smelt.hold AS h
  LEFT JOIN smelt.task AS t ON t.id = h.task_id
  LEFT JOIN smelt.pipeline AS p ON p.id = coalesce(h.pipeline_id, t.pipeline_id)
  LEFT JOIN smelt.account AS a ON a.id = h.account_id
 WHERE h.lifted_at IS NULL AND (h.until IS NULL OR h.until > clock_timestamp())
 ORDER BY h.id

-- name: report_moved()
SELECT format('this database was in cluster %s on timeline %s and is now in cluster %s on timeline %s: it was restored, copied,
    upgraded or failed over',
              i.system_identifier, i.timeline, s.system_identifier, c.timeline_id)
  FROM smelt.installation AS i, pg_control_system() AS s, pg_control_checkpoint() AS c
 WHERE (i.system_identifier, i.timeline) <> (s.system_identifier, c.timeline_id)

-- name: report_orphaned()
-- Cheap: batches are few.
SELECT format('batch %s of %s/%s: the items of %s of its requests were deleted while it was under way', b.id, p.name, t.name, b.orphaned)
  FROM smelt.batch AS b
  JOIN smelt.pipeline AS p ON p.id = b.pipeline_id
  JOIN smelt.task AS t ON t.id = b.task_id
 WHERE b.orphaned > 0
 ORDER BY b.id
 LIMIT 20

-- name: report_unknown_batches()
-- One that no listing has shown long after its sending window, or that the provider knows no more, waits for a person.
SELECT b.remote_id IS NOT NULL OR b.send_until < clock_timestamp() - interval '1 hour' AS needs_person,
       format('batch %s of %s/%s: %s', b.id, p.name, t.name, coalesce(b.error, 'the answer to its create was lost'))
  FROM smelt.batch AS b
  JOIN smelt.pipeline AS p ON p.id = b.pipeline_id
  JOIN smelt.task AS t ON t.id = b.task_id
 WHERE b.state = :unknown
 ORDER BY b.id
