-- The installation: which one this is, where it is, and who may run.

-- name: installation()
SELECT id FROM smelt.installation

-- name: installation_remember(again)
UPDATE smelt.installation AS i
   SET system_identifier = s.system_identifier, timeline = c.timeline_id
  FROM pg_control_system() AS s, pg_control_checkpoint() AS c
 WHERE i.system_identifier IS NULL OR :again::boolean

-- name: installation_moved()
-- Where it was moved to; no row: it was not.
SELECT moved_to, to_char(moved_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') AS at, move_is_done FROM smelt.installation WHERE moved_at IS NOT NULL

-- name: installation_move(to)
-- No run begins from here on.
UPDATE smelt.installation SET moved_to = :to, moved_at = coalesce(moved_at, clock_timestamp())

-- name: installation_moved_away()
UPDATE smelt.installation SET move_is_done = true

-- name: installation_stay()
-- It could not be moved; or this is where it was moved to.
UPDATE smelt.installation SET moved_to = NULL, moved_at = NULL, move_is_done = false

-- name: installation_become_another()
-- A copy: it has another identity, leaves the original's files alone, and sends what is under way itself. Fingerprints of keys are made with
-- the identity.
WITH keys AS (
    UPDATE smelt.pipeline_account SET key_fingerprint = ''),
listings AS (
    DELETE FROM smelt.listing),
holds AS (
    UPDATE smelt.hold SET lifted_at = clock_timestamp() WHERE lifted_at IS NULL AND key_fingerprint IS NOT NULL),
renamed AS (
    UPDATE smelt.installation SET id = replace(gen_random_uuid()::text, '-', ''), system_identifier = NULL, timeline = NULL),
files AS (
    UPDATE smelt.batch SET files_deleted_at = clock_timestamp() WHERE state >= :closed AND files_deleted_at IS NULL)
UPDATE smelt.batch
   SET state = :unknown, remote_id = NULL, key_fingerprint = NULL, send_until = coalesce(send_until, clock_timestamp()), files_deleted_at = clock_timestamp()
 WHERE state IN (:submitting, :unknown, :open, :ended) AND dispatched IS NULL

-- name: installation_live_runs()
SELECT host || ' (pid ' || pid || ')' AS place, ceil(extract(epoch FROM lease_until - clock_timestamp()))::int AS seconds
  FROM smelt.runner WHERE ended_at IS NULL AND lease_until > clock_timestamp() ORDER BY id

-- name: installation_tables()
SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name
  FROM pg_class AS c
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname = 'smelt' AND c.relkind = 'r'
 ORDER BY 1

-- name: installation_table_sizes()
-- With indexes and what is stored apart; rows as the server has counted them last.
SELECT c.relname AS name, greatest(c.reltuples, 0)::bigint AS rows, pg_total_relation_size(c.oid) AS bytes
  FROM pg_class AS c
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname = 'smelt' AND c.relkind = 'r'
 ORDER BY bytes DESC, name

-- name: installation_pipeline_sizes(pipeline_id)
-- Of its rows, without indexes and what is dead.
SELECT (SELECT count(*) FROM smelt.record WHERE pipeline_id = :pipeline_id) AS records,
       (SELECT coalesce(sum(pg_column_size(r.*)), 0)::bigint FROM smelt.record AS r WHERE r.pipeline_id = :pipeline_id)
       + (SELECT coalesce(sum(pg_column_size(i.*)), 0)::bigint FROM smelt.item AS i WHERE i.pipeline_id = :pipeline_id) AS record_bytes,
       (SELECT coalesce(sum(pg_column_size(a.*)), 0)::bigint FROM smelt.attempt AS a WHERE a.pipeline_id = :pipeline_id) AS answer_bytes,
       (SELECT coalesce(sum(pg_column_size(f.*)), 0)::bigint FROM smelt.source_fetch AS f WHERE f.pipeline_id = :pipeline_id) AS fetched_bytes

-- name: installation_pipelines()
SELECT id, name, file FROM smelt.pipeline WHERE forgotten_at IS NULL ORDER BY name
