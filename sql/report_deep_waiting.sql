-- What a batch still waits for, by its ledger and by the items that name it. While it is built, nothing was sent yet.
SELECT format('batch %s (%s): %s requests wait by its ledger, but %s items do', b.id, smelt.batch_state_name(b.state),
              l.waiting, coalesce(i.waiting, 0))
  FROM smelt.batch AS b
 CROSS JOIN LATERAL (
       SELECT b.sent - b.accepted - b.rejected - b.errored - b.expired - b.cancelled - b.missing - b.not_run AS waiting) AS l
  LEFT JOIN (SELECT batch_id, count(*) AS waiting FROM smelt.item WHERE status = 1 GROUP BY 1) AS i ON i.batch_id = b.id
 WHERE b.state BETWEEN 1 AND 4 AND l.waiting <> coalesce(i.waiting, 0) OR b.state > 4 AND coalesce(i.waiting, 0) > 0
 ORDER BY b.id
 LIMIT 20
