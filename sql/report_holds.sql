SELECT h.until IS NULL AND h.kind <> 'cancel' AS needs_person,
       coalesce(p.name || coalesce('/' || t.name, ''), a.provider || ' at ' || a.base_url) || ': ' || h.reason
       || coalesce(' (until ' || to_char(h.until AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI "UTC"') || ')', '')
  FROM smelt.hold AS h
  LEFT JOIN smelt.task AS t ON t.id = h.task_id
  LEFT JOIN smelt.pipeline AS p ON p.id = coalesce(h.pipeline_id, t.pipeline_id)
  LEFT JOIN smelt.account AS a ON a.id = h.account_id
 WHERE h.lifted_at IS NULL AND (h.until IS NULL OR h.until > clock_timestamp())
 ORDER BY h.id
