SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = 'smelt_rules' AND pg_catalog.pg_has_role(current_user, oid, 'MEMBER')
