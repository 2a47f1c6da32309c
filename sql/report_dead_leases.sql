SELECT format('%s of pid %s on %s ended without saying so %s ago and left %s unfinished',
              'runner ' || r.id, r.pid, r.host, date_trunc('second', clock_timestamp() - r.lease_until),
              count(*) || CASE count(*) WHEN 1 THEN ' batch' ELSE ' batches' END)
  FROM smelt.runner AS r
  JOIN smelt.batch AS b ON b.runner_id = r.id AND b.state < 5
 WHERE r.ended_at IS NULL AND r.lease_until < clock_timestamp()
 GROUP BY r.id
 ORDER BY r.id
