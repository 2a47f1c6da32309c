-- Pipelines, tasks, task versions and the installation.

-- name: account_take_rate(account_id, requests_ms, tokens_ms)
-- Takes what flows in during so many milliseconds, when it has; a second's worth may be taken ahead. 0: it is taken. Else how long until
-- it may be asked for again, and nothing is taken: who stops waiting owes nothing.
WITH taken AS (
    INSERT INTO smelt.account_rate AS r (account_id, requests_until, tokens_until)
    VALUES (:account_id, clock_timestamp() + (:requests_ms::float8 - 1000) * interval '1 millisecond',
            clock_timestamp() + (:tokens_ms::float8 - 1000) * interval '1 millisecond')
    ON CONFLICT (account_id) DO UPDATE
       SET requests_until = greatest(r.requests_until, clock_timestamp() - interval '1 second') + :requests_ms * interval '1 millisecond',
           tokens_until = greatest(r.tokens_until, clock_timestamp() - interval '1 second') + :tokens_ms * interval '1 millisecond'
     WHERE (:requests_ms = 0 OR r.requests_until <= clock_timestamp()) AND (:tokens_ms = 0 OR r.tokens_until <= clock_timestamp())
    RETURNING 1)
SELECT CASE WHEN EXISTS (SELECT FROM taken) THEN 0
            ELSE coalesce((SELECT greatest(1, ceil(extract(epoch FROM greatest(
                                      CASE WHEN :requests_ms > 0 THEN r.requests_until END,
                                      CASE WHEN :tokens_ms > 0 THEN r.tokens_until END) - clock_timestamp()) * 1000))
                             FROM smelt.account_rate AS r WHERE r.account_id = :account_id), 5) END::bigint

-- name: account_find(name, base_url, organization, project)
SELECT id FROM smelt.account WHERE provider = :name AND base_url = :base_url AND organization = :organization AND project = :project

-- name: account_insert(name, base_url, organization, project)
-- Two runs may meet a new account at once. One that is known is only read: a claim locks its task before its account.
INSERT INTO smelt.account (provider, base_url, organization, project) VALUES (:name, :base_url, :organization, :project)
ON CONFLICT (provider, base_url, organization, project) DO UPDATE SET base_url = excluded.base_url
RETURNING id

-- name: fields_absent(pipeline_id, names)
-- Of a pipeline that has records. a.b is there where a is, too.
SELECT name FROM unnest(:names::text[]) AS name
 CROSS JOIN LATERAL (
       SELECT array_agg(array_to_string((string_to_array(name, '.'))[1 : n], '.')) AS possible
         FROM generate_series(1, cardinality(string_to_array(name, '.'))) AS n) AS p
 WHERE NOT EXISTS (SELECT FROM smelt.record WHERE pipeline_id = :pipeline_id AND fields ?| p.possible)
   AND EXISTS (SELECT FROM smelt.record WHERE pipeline_id = :pipeline_id)

-- name: pipeline_account_drop(pipeline_id, keep)
DELETE FROM smelt.pipeline_account WHERE pipeline_id = :pipeline_id AND account_id <> ALL (:keep::int[])

-- name: pipeline_account_insert(pipeline_id, account_id)
INSERT INTO smelt.pipeline_account (pipeline_id, account_id) VALUES (:pipeline_id, :account_id) ON CONFLICT DO NOTHING

-- name: pipeline_account_list(pipeline_id)
SELECT account_id, key_fingerprint FROM smelt.pipeline_account WHERE pipeline_id = :pipeline_id

-- name: pipeline_find(name)
SELECT id, name, file, array_to_json(content_fields)::text AS content_fields, prefilter_hash, array_to_json(columns)::text AS columns, coalesce(whole_keys, false) AS whole_keys, forgotten_at IS NOT NULL AS is_forgotten,
       (extract(epoch FROM clock_timestamp() - loaded_at) * 1000)::bigint AS loaded_ago_ms
  FROM smelt.pipeline WHERE name = :name

-- name: pipeline_set_key(pipeline_id, account_id, fingerprint)
UPDATE smelt.pipeline_account SET key_fingerprint = :fingerprint
 WHERE pipeline_id = :pipeline_id AND account_id = :account_id AND key_fingerprint <> :fingerprint

-- name: pipeline_set_loaded(pipeline_id, file, content_fields, prefilter_hash, columns, whole_keys, numbers_equal_rows)
-- whole_keys: null when no row was read. The first load decides, for a column of a view is not taken away again.
UPDATE smelt.pipeline SET file = :file, content_fields = :content_fields::text[], prefilter_hash = :prefilter_hash,
    columns = :columns::text[], whole_keys = coalesce(whole_keys, :whole_keys::boolean),
    numbers_equal_rows = :numbers_equal_rows, loaded_at = clock_timestamp() WHERE id = :pipeline_id

-- name: pipeline_insert(name, file)
-- Two runs may meet a new pipeline at once.
INSERT INTO smelt.pipeline (name, file) VALUES (:name, :file)
ON CONFLICT (name) DO UPDATE SET name = excluded.name
RETURNING id

-- name: task_create_items(pipeline_id, task_id)
-- Every task has an item for every record that is no copy.
INSERT INTO smelt.item (pipeline_id, task_id, record_id, priority, status, claimable, skip_reason)
SELECT r.pipeline_id, t.id, r.id, t.priority,
       CASE WHEN r.skip IS NOT NULL THEN :skipped WHEN t.gated OR r.incomplete IS NOT NULL THEN :waiting ELSE :pending END,
       r.skip IS NULL AND r.incomplete IS NULL AND NOT t.gated, r.skip
  FROM smelt.task AS t
  JOIN smelt.record AS r ON r.pipeline_id = t.pipeline_id
 WHERE t.id = :task_id AND r.pipeline_id = :pipeline_id AND r.copy_of IS NULL
ON CONFLICT DO NOTHING

-- name: task_deactivate(pipeline_id, keep)
-- Nobody writes their events any more.
WITH dropped AS (
    DELETE FROM smelt.write_back AS w
     USING smelt.task AS t
     WHERE t.pipeline_id = :pipeline_id AND t.active AND t.id <> ALL (:keep::int[]) AND w.pipeline_id = t.pipeline_id AND w.task_id = t.id)
UPDATE smelt.task SET active = false, write_back_events = 0 WHERE pipeline_id = :pipeline_id AND active AND id <> ALL (:keep::int[])

-- name: task_list(pipeline_id)
SELECT id, name, array_to_json(needs)::text AS needs, current_version_id, batch_limit, active, view_hash, condition, ruled
  FROM smelt.task WHERE pipeline_id = :pipeline_id ORDER BY position, id

-- name: task_set_accounts(task_id, accounts)
UPDATE smelt.task SET accounts = :accounts::int[] WHERE id = :task_id AND accounts <> :accounts::int[]

-- name: task_set_batch_limit(task_id, limit)
UPDATE smelt.task SET batch_limit = :limit WHERE id = :task_id

-- name: task_set_current(task_id, version_id)
UPDATE smelt.task SET current_version_id = :version_id WHERE id = :task_id

-- name: task_set_view_hash(task_id, hash)
UPDATE smelt.task SET view_hash = :hash WHERE id = :task_id

-- name: task_same(pipeline_id, name, needs, position, priority, condition, ruled)
-- Known as it is. Only read, because whoever claims has the row locked.
SELECT id FROM smelt.task
 WHERE pipeline_id = :pipeline_id AND name = :name AND active AND needs = :needs::int[] AND position = :position AND priority = :priority
   AND condition = :condition AND ruled = :ruled::boolean
   AND ancestors = ARRAY(SELECT DISTINCT a.id FROM smelt.task AS n CROSS JOIN unnest(n.ancestors || n.id) AS a (id)
                          WHERE n.id = ANY (:needs::int[]) ORDER BY 1)

-- name: task_upsert(pipeline_id, name, needs, position, priority, condition, ruled)
INSERT INTO smelt.task (pipeline_id, name, needs, ancestors, position, priority, condition, ruled)
VALUES (:pipeline_id, :name, :needs::int[],
        ARRAY(SELECT DISTINCT a.id FROM smelt.task AS n CROSS JOIN unnest(n.ancestors || n.id) AS a (id)
               WHERE n.id = ANY (:needs::int[]) ORDER BY 1),
        :position, :priority, :condition, :ruled::boolean)
ON CONFLICT (pipeline_id, name) DO UPDATE
   SET needs = excluded.needs, ancestors = excluded.ancestors, position = excluded.position, priority = excluded.priority,
       condition = excluded.condition, ruled = excluded.ruled, active = true
RETURNING id

-- name: version_definition(version_id)
SELECT definition FROM smelt.task_version WHERE id = :version_id

-- name: version_find(task_id, hash)
SELECT id, model_override FROM smelt.task_version WHERE task_id = :task_id AND starts_with(hash, :hash) AND :hash <> ''

-- name: version_refresh(version_id, parts, definition)
-- A task that needs more than before names more of it where its templates name all. One that was forgotten has no definition.
UPDATE smelt.task_version
   SET parts = :parts, definition = CASE WHEN definition::text = '{}' THEN :definition::json ELSE definition END
 WHERE id = :version_id AND (parts <> :parts::jsonb OR definition::text = '{}')

-- name: version_insert(pipeline_id, task_id, hash, definition, parts, model_override)
INSERT INTO smelt.task_version (pipeline_id, task_id, hash, definition, parts, model_override)
VALUES (:pipeline_id, :task_id, :hash, :definition, :parts, :model_override)
ON CONFLICT (task_id, hash) DO UPDATE SET hash = excluded.hash
RETURNING id, model_override
