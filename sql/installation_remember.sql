UPDATE smelt.installation AS i
   SET system_identifier = s.system_identifier, timeline = c.timeline_id
  FROM pg_control_system() AS s, pg_control_checkpoint() AS c
 WHERE i.system_identifier IS NULL OR $1::boolean
