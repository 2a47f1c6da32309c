SELECT format('this database was in cluster %s on timeline %s and is now in cluster %s on timeline %s: it was restored, copied, upgraded or failed over',
              i.system_identifier, i.timeline, s.system_identifier, c.timeline_id)
  FROM smelt.installation AS i, pg_control_system() AS s, pg_control_checkpoint() AS c
 WHERE (i.system_identifier, i.timeline) <> (s.system_identifier, c.timeline_id)
