-- Lists and details of web services: what was fetched, by whom, and what comes next.

-- name: fetch_begin(pipeline_id)
INSERT INTO smelt.source_round (pipeline_id) VALUES (:pipeline_id) ON CONFLICT DO NOTHING

-- name: fetch_take(pipeline_id, runner_id, definition, every_ms, may_begin)
-- For one run at a time. A new round begins where there is none, where the file says something else, and where the last one is over and its
-- time has come. What a run has begun that did not come to its end is gone on with.
WITH mine AS MATERIALIZED (
    SELECT r.pipeline_id,
           r.round = 0 OR r.definition <> :definition
           OR (:may_begin::boolean AND r.listed AND r.runner_id IS NULL AND r.started_at + :every_ms * interval '1 millisecond' <= clock_timestamp()) AS is_new
      FROM smelt.source_round AS r
     WHERE r.pipeline_id = :pipeline_id
       AND (r.runner_id IS NULL OR r.runner_id = :runner_id
            OR NOT EXISTS (SELECT FROM smelt.runner AS n
                            WHERE n.id = r.runner_id AND n.ended_at IS NULL AND n.lease_until > clock_timestamp()))
       FOR UPDATE OF r)
UPDATE smelt.source_round AS r
   SET runner_id = :runner_id, definition = :definition,
       round = r.round + CASE WHEN m.is_new THEN 1 ELSE 0 END,
       started_at = CASE WHEN m.is_new THEN clock_timestamp() ELSE r.started_at END,
       listed = r.listed AND NOT m.is_new, complete = r.complete AND NOT m.is_new
  FROM mine AS m
 WHERE r.pipeline_id = m.pipeline_id
RETURNING r.round, r.listed, coalesce(r.problem, '') AS problem

-- name: fetch_release(pipeline_id, runner_id)
UPDATE smelt.source_round SET runner_id = NULL WHERE pipeline_id = :pipeline_id AND runner_id = :runner_id

-- name: fetch_is_mine(pipeline_id, runner_id)
-- Before anything is stored: another run may have taken over.
UPDATE smelt.source_round SET version = version + 1 WHERE pipeline_id = :pipeline_id AND runner_id = :runner_id

-- name: fetch_listed(pipeline_id, listed, complete, problem)
UPDATE smelt.source_round SET listed = :listed::boolean, complete = :complete::boolean, problem = :problem WHERE pipeline_id = :pipeline_id

-- name: fetch_state(pipeline_id)
SELECT version, version > loaded_version AS is_new, complete
  FROM smelt.source_round WHERE pipeline_id = :pipeline_id

-- name: fetch_loaded(pipeline_id, version)
UPDATE smelt.source_round SET loaded_version = :version WHERE pipeline_id = :pipeline_id

-- name: fetch_page(pipeline_id, name, page)
SELECT round, status, tries, url, etag, last_modified, coalesce(error, '') AS error, encode(body, 'hex') AS body,
       CASE WHEN isfinite(not_before) OR not_before < clock_timestamp()
            THEN (extract(epoch FROM greatest(not_before, clock_timestamp()) - clock_timestamp()) * 1000)::bigint END AS wait_ms
  FROM smelt.source_fetch WHERE pipeline_id = :pipeline_id AND kind = 0 AND name = :name AND page = :page

-- name: fetch_page_names(pipeline_id)
-- What the lists have, in no order: the file of ids gives it.
SELECT name, page FROM smelt.source_fetch WHERE pipeline_id = :pipeline_id AND kind = 0 AND body IS NOT NULL ORDER BY name, page

-- name: fetch_page_body(pipeline_id, name, page)
SELECT encode(body, 'hex') FROM smelt.source_fetch WHERE pipeline_id = :pipeline_id AND kind = 0 AND name = :name AND page = :page AND body IS NOT NULL

-- name: fetch_drop_pages(pipeline_id, name, after_page)
-- The list is shorter now.
DELETE FROM smelt.source_fetch WHERE pipeline_id = :pipeline_id AND kind = 0 AND name = :name AND page > :after_page

-- name: fetch_drop_lists(pipeline_id, names)
DELETE FROM smelt.source_fetch WHERE pipeline_id = :pipeline_id AND kind = 0 AND name <> ALL (:names::text[])

-- name: fetch_store(pipeline_id, kind, name, page, round, url, status, etag, last_modified, body)
-- body null: as it was (304), or there is none (404).
INSERT INTO smelt.source_fetch (pipeline_id, kind, name, page, round, url, status, etag, last_modified, body, fetched_at)
VALUES (:pipeline_id, :kind, :name, :page, :round, :url, :status, :etag, :last_modified, decode(:body, 'hex'), clock_timestamp())
ON CONFLICT (pipeline_id, kind, name, page) DO UPDATE
   SET round = excluded.round, url = excluded.url, status = excluded.status, tries = 0, not_before = '-infinity', error = NULL,
       fetched_at = excluded.fetched_at, etag = coalesce(excluded.etag, source_fetch.etag),
       last_modified = coalesce(excluded.last_modified, source_fetch.last_modified),
       body = CASE WHEN :status = 404 THEN NULL ELSE coalesce(excluded.body, source_fetch.body) END

-- name: fetch_fail(pipeline_id, kind, name, page, round, url, status, error, wait_ms)
-- What was fetched before stays. wait_ms null: it is not tried again in this round.
INSERT INTO smelt.source_fetch (pipeline_id, kind, name, page, round, url, status, tries, error, not_before)
VALUES (:pipeline_id, :kind, :name, :page, :round, :url, :status, 1, :error,
        coalesce(clock_timestamp() + :wait_ms::bigint * interval '1 millisecond', 'infinity'))
ON CONFLICT (pipeline_id, kind, name, page) DO UPDATE
   SET round = excluded.round, url = excluded.url, status = excluded.status, tries = source_fetch.tries + 1, error = excluded.error,
       not_before = excluded.not_before

-- name: fetch_want(pipeline_id, round, names, urls, entries)
-- Details of these records. One whose list entry or address is another one is fetched again; so is, in a new round, what was not there.
INSERT INTO smelt.source_fetch (pipeline_id, kind, name, round, url, entry)
SELECT :pipeline_id, 1, w.name, :round, w.url, w.entry FROM unnest(:names::text[], :urls::text[], :entries::text[]) AS w (name, url, entry)
ON CONFLICT (pipeline_id, kind, name, page) DO UPDATE
   SET round = excluded.round, url = excluded.url, entry = excluded.entry, status = 0, tries = 0, not_before = '-infinity', error = NULL,
       etag = CASE WHEN source_fetch.url = excluded.url THEN source_fetch.etag END,
       last_modified = CASE WHEN source_fetch.url = excluded.url THEN source_fetch.last_modified END
 WHERE source_fetch.url <> excluded.url OR source_fetch.entry <> excluded.entry
       OR (source_fetch.round < :round AND (source_fetch.status BETWEEN 400 AND 499 OR source_fetch.not_before = 'infinity'))

-- name: fetch_drop_details(pipeline_id, names)
-- Of records that no list has any more.
DELETE FROM smelt.source_fetch WHERE pipeline_id = :pipeline_id AND kind = 1 AND name <> ALL (:names::text[])

-- name: fetch_due_details(pipeline_id, most)
SELECT name, url, etag, last_modified, tries, body IS NOT NULL AS has_body
  FROM smelt.source_fetch
 WHERE pipeline_id = :pipeline_id AND kind = 1 AND (status = 0 OR error IS NOT NULL) AND not_before <= clock_timestamp()
 ORDER BY not_before, name LIMIT :most

-- name: fetch_detail(pipeline_id, name)
SELECT status, coalesce(error, '') AS error, encode(body, 'hex') AS body, url,
       CASE WHEN isfinite(not_before) THEN to_char(not_before AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') END AS next_try
  FROM smelt.source_fetch WHERE pipeline_id = :pipeline_id AND kind = 1 AND name = :name AND page = 0

-- name: fetch_next(pipeline_id)
-- When there is something to fetch again in this round; null: nothing waits for its time.
SELECT CASE WHEN count(*) > 0 THEN (extract(epoch FROM greatest(min(f.not_before), clock_timestamp()) - clock_timestamp()) * 1000)::bigint END AS wait_ms
  FROM smelt.source_fetch AS f
  JOIN smelt.source_round AS r ON r.pipeline_id = :pipeline_id
 WHERE f.pipeline_id = :pipeline_id AND f.not_before < 'infinity'
   AND ((f.kind = 1 AND (f.status = 0 OR f.error IS NOT NULL)) OR (f.kind = 0 AND NOT r.listed AND f.round = r.round AND f.error IS NOT NULL))

-- name: fetch_host_slots(host, slots)
INSERT INTO smelt.source_host (host, slot) SELECT :host, n FROM generate_series(0, :slots::int - 1) AS n ON CONFLICT DO NOTHING

-- name: fetch_host_take(host, slots, runner_id, hold_ms)
WITH free AS MATERIALIZED (
    SELECT slot FROM smelt.source_host
     WHERE host = :host AND slot < :slots::int
       AND (free_at <= clock_timestamp()
            OR (runner_id IS NOT NULL
                AND NOT EXISTS (SELECT FROM smelt.runner AS n
                                 WHERE n.id = runner_id AND n.ended_at IS NULL AND n.lease_until > clock_timestamp())))
     ORDER BY free_at LIMIT 1 FOR UPDATE OF source_host SKIP LOCKED)
UPDATE smelt.source_host AS h SET free_at = clock_timestamp() + :hold_ms * interval '1 millisecond', runner_id = :runner_id
  FROM free WHERE h.host = :host AND h.slot = free.slot
RETURNING h.slot

-- name: fetch_host_wait(host, slots)
SELECT (extract(epoch FROM greatest(min(free_at), clock_timestamp()) - clock_timestamp()) * 1000)::bigint AS wait_ms FROM smelt.source_host WHERE host = :host AND slot < :slots::int

-- name: fetch_host_release(host, slot, pause_ms)
UPDATE smelt.source_host SET free_at = greatest(clock_timestamp() + :pause_ms * interval '1 millisecond', rests_until), runner_id = NULL
 WHERE host = :host AND slot = :slot

-- name: fetch_host_rest(host, pause_ms)
-- It has asked for it (Retry-After). What is under way ends before, and its slot rests, too.
UPDATE smelt.source_host
   SET rests_until = clock_timestamp() + :pause_ms * interval '1 millisecond',
       free_at = greatest(free_at, clock_timestamp() + :pause_ms * interval '1 millisecond')
 WHERE host = :host
