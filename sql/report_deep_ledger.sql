-- Every column of a batch's ledger against its attempts. Requests of a batch that never ran have no attempts unless the
-- provider named them, so not_run is only an upper bound.
SELECT format('batch %s: %s is %s, but its attempts say %s', b.id, c.name, c.stored, c.counted)
  FROM smelt.batch AS b
  LEFT JOIN (SELECT pipeline_id, batch_id,
                    count(*) FILTER (WHERE outcome = 0) AS accepted, count(*) FILTER (WHERE outcome = 1) AS rejected,
                    count(*) FILTER (WHERE outcome = 2) AS errored, count(*) FILTER (WHERE outcome = 3) AS expired,
                    count(*) FILTER (WHERE outcome = 4) AS cancelled, count(*) FILTER (WHERE outcome = 5) AS missing,
                    count(*) FILTER (WHERE outcome = 6) AS not_run
               FROM smelt.attempt
              GROUP BY 1, 2) AS a ON a.pipeline_id = b.pipeline_id AND a.batch_id = b.id
 CROSS JOIN LATERAL (VALUES
       ('accepted', b.accepted, coalesce(a.accepted, 0)), ('rejected', b.rejected, coalesce(a.rejected, 0)),
       ('errored', b.errored, coalesce(a.errored, 0)), ('expired', b.expired, coalesce(a.expired, 0)),
       ('cancelled', b.cancelled, coalesce(a.cancelled, 0)), ('missing', b.missing, coalesce(a.missing, 0)),
       ('not_run', b.not_run, greatest(coalesce(a.not_run, 0), b.not_run))) AS c (name, stored, counted)
 WHERE c.stored <> c.counted
 ORDER BY b.id
 LIMIT 20
