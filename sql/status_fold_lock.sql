SELECT pg_try_advisory_xact_lock(hashtext('smelt.status_fold'))
