-- The batch machine, in the order of a batch's life. Every change of a batch names its epoch: who has lost the batch changes nothing.

-- name: account_reached(account_id)
UPDATE smelt.account SET unreachable_since = NULL WHERE id = :account_id AND unreachable_since IS NOT NULL

-- name: account_not_reached(account_id)
-- For how many milliseconds it has not been.
WITH marked AS (
    UPDATE smelt.account SET unreachable_since = clock_timestamp() WHERE id = :account_id AND unreachable_since IS NULL)
SELECT (extract(epoch FROM clock_timestamp() - coalesce(unreachable_since, clock_timestamp())) * 1000)::bigint
  FROM smelt.account WHERE id = :account_id

-- name: account_lock(account_id)
SELECT id FROM smelt.account WHERE id = :account_id FOR UPDATE

-- name: account_under_way(account_id)
SELECT count(*) FROM smelt.batch WHERE account_id = :account_id AND state < :ended

-- name: account_reserved(account_id, model)
-- Estimated prompt tokens of a model's batches that the account's provider has not finished.
-- What a run was building when it ended is not at the provider and will not be.
SELECT coalesce(sum(reserved_tokens), 0)::bigint
  FROM smelt.batch AS b
 WHERE account_id = :account_id AND model = :model AND state < :ended
   AND (state > :building OR EXISTS (SELECT FROM smelt.runner AS r
                              WHERE r.id = b.runner_id AND r.ended_at IS NULL AND r.lease_until > clock_timestamp()))

-- name: task_lock(task_id)
-- Not FOR UPDATE: others may refer to the task meanwhile.
SELECT FROM smelt.task WHERE id = :task_id FOR NO KEY UPDATE

-- name: batch_begin(pipeline_id, task_id, version_id, rung, account_id, runner_id, nonce, model, name, reserved_tokens, reserved_picousd)
INSERT INTO smelt.batch (pipeline_id, task_id, task_version_id, rung, account_id, runner_id, invocation_id, nonce, model, name, reserved_tokens,
                         reserved_picousd)
VALUES (:pipeline_id, :task_id, :version_id, :rung, :account_id, :runner_id, :runner_id, :nonce, :model, :name, :reserved_tokens,
        :reserved_picousd)
RETURNING id, epoch

-- name: batch_begin_adopted(pipeline_id, task_id, version_id, rung, account_id, runner_id, nonce, model)
-- The nonce may be known from a batch that was abandoned before it was sent, as far as this database remembers.
INSERT INTO smelt.batch AS b (pipeline_id, task_id, task_version_id, rung, account_id, runner_id, invocation_id, nonce, model)
VALUES (:pipeline_id, :task_id, :version_id, :rung, :account_id, :runner_id, :runner_id, :nonce, :model)
ON CONFLICT (nonce) DO UPDATE
   SET state = :building, epoch = b.epoch + 1, task_id = excluded.task_id, task_version_id = excluded.task_version_id,
       rung = excluded.rung, account_id = excluded.account_id, runner_id = excluded.runner_id, model = excluded.model, not_run = 0, closed_at = NULL, error = NULL, files_deleted_at = NULL
 WHERE b.state = :abandoned AND b.send_until IS NULL AND b.remote_id IS NULL
RETURNING id, epoch

-- name: batch_built(batch_id, epoch, claimed, sent, reserved_tokens, replaces, request_bytes, reserved_picousd)
UPDATE smelt.batch
   SET claimed = :claimed, sent = :sent, reserved_tokens = :reserved_tokens, replaces = :replaces, request_bytes = :request_bytes,
       reserved_picousd = :reserved_picousd
 WHERE id = :batch_id AND epoch = :epoch AND state = :building

-- name: batch_answering(batch_id, epoch, key_fingerprint)
-- Requests of this batch go to a synchronous service: none has been sent yet.
UPDATE smelt.batch
   SET state = :open, dispatched = 0, remote_status = 'answering', key_fingerprint = :key_fingerprint, submitted_at = clock_timestamp()
 WHERE id = :batch_id AND epoch = :epoch AND state = :building

-- name: batch_submitting(batch_id, epoch, input_file, window_ms, key_fingerprint)
-- Not when a record of it was forgotten meanwhile.
UPDATE smelt.batch
   SET state = :submitting, input_file_id = :input_file, send_until = clock_timestamp() + :window_ms * interval '1 millisecond',
       key_fingerprint = :key_fingerprint
 WHERE id = :batch_id AND epoch = :epoch AND state = :building
   AND NOT EXISTS (SELECT FROM smelt.forgotten_request AS f WHERE f.pipeline_id = batch.pipeline_id AND f.batch_id = batch.id)

-- name: batch_opened(batch_id, epoch, remote_id, status, key_fingerprint)
UPDATE smelt.batch
   SET state = :open, remote_id = :remote_id, remote_status = :status, key_fingerprint = :key_fingerprint, error = NULL,
       submitted_at = clock_timestamp(), last_checked_at = clock_timestamp()
 WHERE id = :batch_id AND epoch = :epoch AND state IN (:submitting, :unknown)

-- name: batch_unknown(batch_id, epoch, reason)
UPDATE smelt.batch SET state = :unknown, error = :reason WHERE id = :batch_id AND epoch = :epoch AND state = :submitting

-- name: batch_abandon(batch_id, epoch, reason)
UPDATE smelt.batch
   SET state = :abandoned, not_run = sent - (accepted + rejected + errored + expired + cancelled + missing), error = :reason,
       closed_at = clock_timestamp(), runner_id = NULL, reserved_tokens = 0
 WHERE id = :batch_id AND epoch = :epoch AND state IN (:building, :submitting, :unknown)

-- name: batch_dismiss(batch_id, epoch, remote_id, reason)
UPDATE smelt.batch
   SET state = :abandoned, remote_id = :remote_id, error = :reason, closed_at = clock_timestamp(), files_deleted_at = clock_timestamp(),
       runner_id = NULL
 WHERE id = :batch_id AND epoch = :epoch AND state = :building

-- name: item_lock_batch(batch_id)
-- In the order in which everybody locks items.
SELECT FROM smelt.batch AS b
  JOIN smelt.item AS i ON i.pipeline_id = b.pipeline_id AND i.batch_id = b.id AND i.status = :submitted
 WHERE b.id = :batch_id
 ORDER BY i.record_id FOR UPDATE OF i

-- name: item_requeue_batch(batch_id)
-- Or ends, where a filter has taken its record away meanwhile. What needs other answers waits until they have been looked at.
WITH requeued AS (
    UPDATE smelt.item AS i
       SET status = CASE WHEN r.skip IS NOT NULL THEN :skipped WHEN t.gated OR r.incomplete IS NOT NULL THEN :waiting ELSE :pending END,
           claimable = r.skip IS NULL AND r.incomplete IS NULL AND NOT t.gated, skip_reason = r.skip,
           batch_id = NULL, stale = false, rendered_hash = NULL, not_before = '-infinity'
      FROM smelt.batch AS b
      JOIN smelt.task AS t ON t.id = b.task_id
      JOIN smelt.item AS o ON o.pipeline_id = b.pipeline_id AND o.batch_id = b.id
      LEFT JOIN smelt.record AS r ON r.pipeline_id = o.pipeline_id AND r.id = o.record_id
     WHERE b.id = :batch_id AND i.pipeline_id = b.pipeline_id AND i.batch_id = b.id AND i.status = :submitted
       AND o.pipeline_id = i.pipeline_id AND o.task_id = i.task_id AND o.record_id = i.record_id
    RETURNING i.pipeline_id, i.task_id, i.record_id, t.gated)
INSERT INTO smelt.item_due (pipeline_id, task_id, record_id) SELECT pipeline_id, task_id, record_id FROM requeued WHERE gated

-- name: batch_remember_members(batch_id)
-- Only when a create may have been sent: then a duplicate job can still turn up.
INSERT INTO smelt.abandoned_request (batch_id, record_id)
SELECT b.id, i.record_id
  FROM smelt.batch AS b
  JOIN smelt.item AS i ON i.pipeline_id = b.pipeline_id AND i.batch_id = b.id AND i.status = :submitted
 WHERE b.id = :batch_id AND b.send_until IS NOT NULL

-- name: batch_drop_hidden(batch_id)
-- While a duplicate job may still turn up, what its answers need stays.
DELETE FROM smelt.hidden_text AS h
 USING smelt.batch AS b
 WHERE b.id = :batch_id AND h.pipeline_id = b.pipeline_id AND h.batch_id = b.id
   AND (b.state = :closed OR b.send_until IS NULL OR b.files_deleted_at IS NOT NULL)

-- name: batch_discard(batch_id, epoch)
-- Nothing of it was sent, and nothing is to be known of it.
DELETE FROM smelt.batch WHERE id = :batch_id AND epoch = :epoch AND state = :building

-- name: batch_applied(batch_id, epoch)
-- How many of its result lines are in the tables, and what they have cost; nothing when that is not known whole.
SELECT checkpoint_line, CASE WHEN unpriced = 0 THEN cost_picousd END FROM smelt.batch WHERE id = :batch_id AND epoch = :epoch

-- name: batch_dispatch(batch_id, epoch, requests, reserved_picousd)
-- reserved_picousd: null leaves it. stop: somebody has cancelled it, or a record of it was forgotten: what is left is claimed anew.
UPDATE smelt.batch SET dispatched = :requests, reserved_picousd = coalesce(:reserved_picousd::bigint, reserved_picousd)
 WHERE id = :batch_id AND epoch = :epoch AND state = :open AND dispatched <= :requests
RETURNING cancel_requested_at IS NOT NULL
          OR EXISTS (SELECT FROM smelt.forgotten_request AS f WHERE f.pipeline_id = batch.pipeline_id AND f.batch_id = batch.id) AS stop

-- name: batch_answered(batch_id, epoch)
UPDATE smelt.batch SET state = :ended, remote_status = 'answered', ended_at = clock_timestamp()
 WHERE id = :batch_id AND epoch = :epoch AND state = :open AND dispatched IS NOT NULL

-- name: batch_polled(batch_id, epoch, remote_status, output_file, error_file, total, completed, failed_requests, key_fingerprint)
UPDATE smelt.batch
   SET remote_status = :remote_status, output_file_id = :output_file, error_file_id = :error_file, remote_total = :total,
       remote_completed = :completed, remote_failed = :failed_requests,
       key_fingerprint = :key_fingerprint, error = NULL, last_checked_at = clock_timestamp()
 WHERE id = :batch_id AND epoch = :epoch AND state = :open

-- name: batch_ended(batch_id, epoch, remote_status, output_file, error_file, total, completed, failed_requests, key_fingerprint)
UPDATE smelt.batch
   SET state = :ended, remote_status = :remote_status, output_file_id = :output_file, error_file_id = :error_file, remote_total = :total,
       remote_completed = :completed,
       remote_failed = :failed_requests, key_fingerprint = :key_fingerprint, error = NULL, last_checked_at = clock_timestamp(),
           ended_at = clock_timestamp()
 WHERE id = :batch_id AND epoch = :epoch AND state = :open

-- name: batch_lost(batch_id, epoch, reason)
-- The provider does not know a job that it had made. That proves nothing about its answers, so nothing is requeued.
UPDATE smelt.batch SET state = :unknown, error = :reason, last_checked_at = clock_timestamp()
 WHERE id = :batch_id AND epoch = :epoch AND state = :open

-- name: batch_disown(batch_id, epoch, reason)
-- The job under the remote id that it was given is another's.
UPDATE smelt.batch SET state = :unknown, remote_id = NULL, submitted_at = NULL, error = :reason, last_checked_at = clock_timestamp()
 WHERE id = :batch_id AND epoch = :epoch AND state = :open

-- name: batch_note_error(batch_id, epoch, error)
UPDATE smelt.batch SET error = :error, last_checked_at = clock_timestamp() WHERE id = :batch_id AND epoch = :epoch

-- name: batch_lock_slice(batch_id, epoch, from_file, from_offset, from_line)
SELECT FROM smelt.batch
 WHERE id = :batch_id AND epoch = :epoch AND (state = :ended OR state = :open AND dispatched IS NOT NULL)
   AND checkpoint_file = :from_file AND checkpoint_offset = :from_offset AND checkpoint_line = :from_line
   FOR NO KEY UPDATE

-- name: batch_advance(batch_id, epoch, from_file, from_offset, from_line, to_file, to_offset, to_line, new_accepted, new_rejected,
--       new_errored, new_expired, new_cancelled, new_missing, new_not_run, new_duplicate_lines, new_foreign_lines, new_input_tokens,
--       new_cached_tokens, new_output_tokens, new_reasoning_tokens, new_cost, new_unpriced, new_score)
UPDATE smelt.batch
   SET checkpoint_file = :to_file, checkpoint_offset = :to_offset, checkpoint_line = :to_line,
       accepted = :new_accepted, rejected = :new_rejected, errored = :new_errored, expired = :new_expired, cancelled = :new_cancelled,
           missing = :new_missing, not_run = :new_not_run,
       duplicate_lines = :new_duplicate_lines, foreign_lines = :new_foreign_lines,
       input_tokens = :new_input_tokens, cached_tokens = :new_cached_tokens, output_tokens = :new_output_tokens,
           reasoning_tokens = :new_reasoning_tokens, cost_picousd = :new_cost, unpriced = :new_unpriced, score_sum = :new_score,
       first_download_at = coalesce(first_download_at, clock_timestamp())
 WHERE id = :batch_id AND epoch = :epoch AND (state = :ended OR state = :open AND dispatched IS NOT NULL)
   AND checkpoint_file = :from_file AND checkpoint_offset = :from_offset AND checkpoint_line = :from_line

-- name: batch_seen_again(batch_id, epoch, remote_status, output_file, error_file, total, completed, failed_requests, key_fingerprint)
-- An ended job was read once more: what it names only now is kept.
UPDATE smelt.batch
   SET remote_status = :remote_status, output_file_id = :output_file, error_file_id = :error_file, remote_total = :total,
       remote_completed = :completed,
       remote_failed = :failed_requests, key_fingerprint = :key_fingerprint, last_checked_at = clock_timestamp()
 WHERE id = :batch_id AND epoch = :epoch AND state = :ended

-- name: batch_download_again(batch_id, epoch, pause_ms)
UPDATE smelt.batch
   SET downloads = downloads + 1, checkpoint_file = 0, checkpoint_offset = 0, checkpoint_line = 0,
       first_download_at = coalesce(first_download_at, clock_timestamp()),
       next_check_at = clock_timestamp() + :pause_ms * interval '1 millisecond'
 WHERE id = :batch_id AND epoch = :epoch AND state = :ended

-- name: batch_closed(batch_id, epoch, note)
-- No item waits for it any more: requests that nothing accounts for had items that somebody has deleted.
UPDATE smelt.batch
   SET state = :closed, orphaned = sent - (accepted + rejected + errored + expired + cancelled + missing + not_run),
       closed_at = clock_timestamp(), error = coalesce(nullif(:note, ''), error), runner_id = NULL,
       reserved_tokens = 0
 WHERE id = :batch_id AND epoch = :epoch AND state = :ended

-- name: batch_take(runner_id, pipelines)
-- Everything that nobody holds and that has not ended. Raising the epoch shuts the former holder out of every later transaction.
UPDATE smelt.batch AS b
   SET epoch = epoch + 1, runner_id = :runner_id
 WHERE b.id IN (SELECT c.id FROM smelt.batch AS c
                 WHERE c.pipeline_id = ANY (:pipelines::int[]) AND c.state < :ended
                   AND NOT EXISTS (SELECT FROM smelt.runner AS r
                                    WHERE r.id = c.runner_id AND r.ended_at IS NULL AND r.lease_until > clock_timestamp())
                 ORDER BY c.id
                 FOR UPDATE SKIP LOCKED)
RETURNING b.*, extract(epoch FROM clock_timestamp() - b.created_at) AS age_s,
       extract(epoch FROM coalesce(b.ended_at, clock_timestamp()) - b.submitted_at) AS open_s,
       extract(epoch FROM clock_timestamp() - coalesce(b.send_until, b.created_at)) AS since_window_s,
          extract(epoch FROM clock_timestamp() - coalesce(b.first_download_at, clock_timestamp())) AS since_download_s

-- name: batch_take_ended(runner_id, pipelines)
-- One batch whose results wait, so that runs side by side share them.
UPDATE smelt.batch
   SET epoch = epoch + 1, runner_id = :runner_id
 WHERE id = (SELECT c.id FROM smelt.batch AS c
              WHERE c.pipeline_id = ANY (:pipelines::int[]) AND c.state = :ended
                AND coalesce(c.next_check_at <= clock_timestamp(), true)
                AND NOT EXISTS (SELECT FROM smelt.runner AS r
                                 WHERE r.id = c.runner_id AND r.ended_at IS NULL AND r.lease_until > clock_timestamp())
              ORDER BY c.id LIMIT 1
              FOR UPDATE SKIP LOCKED)
RETURNING id

-- name: batch_release(batch_id, epoch)
UPDATE smelt.batch SET runner_id = NULL WHERE id = :batch_id AND epoch = :epoch

-- name: batch_release_all(runner_id)
UPDATE smelt.batch SET runner_id = NULL WHERE runner_id = :runner_id AND state < :closed

-- name: batch_request_cancel(batch_id, requeue)
UPDATE smelt.batch
   SET cancel_requested_at = coalesce(cancel_requested_at, clock_timestamp()), cancel_requeue = :requeue
 WHERE id = :batch_id AND state < :closed

-- name: batch_came_back(pipeline_id, batch_id)
-- Whether items of it wait for a fallback, which could not take them.
SELECT EXISTS (SELECT FROM smelt.item WHERE pipeline_id = :pipeline_id AND batch_id = :batch_id AND status = :submitted AND rung < 0)

-- name: batch_find(batch_id)
SELECT b.*, extract(epoch FROM clock_timestamp() - b.created_at) AS age_s,
       extract(epoch FROM coalesce(b.ended_at, clock_timestamp()) - b.submitted_at) AS open_s,
       extract(epoch FROM clock_timestamp() - coalesce(b.send_until, b.created_at)) AS since_window_s,
       extract(epoch FROM clock_timestamp() - coalesce(b.first_download_at, clock_timestamp())) AS since_download_s
  FROM smelt.batch AS b WHERE b.id = :batch_id

-- name: batch_of_remote(remote_id)
SELECT id FROM smelt.batch WHERE remote_id = :remote_id ORDER BY id LIMIT 1

-- name: batch_waiting_records(batch_id)
SELECT i.record_id, i.built_from::text
  FROM smelt.batch AS b
  JOIN smelt.item AS i ON i.pipeline_id = b.pipeline_id AND i.batch_id = b.id AND i.status = :submitted
 WHERE b.id = :batch_id
 ORDER BY i.record_id

-- name: batch_applied_records(pipeline_id, batch_id)
SELECT record_id FROM smelt.attempt WHERE pipeline_id = :pipeline_id AND batch_id = :batch_id AND outcome <> :not_sent ORDER BY record_id

-- name: batch_adopt(batch_id, remote_id)
-- Who says what it is called there means one of those whom the pipeline's file names now.
UPDATE smelt.batch AS b
   SET state = :open, epoch = epoch + 1, runner_id = NULL, remote_id = :remote_id, submitted_at = clock_timestamp(), error = NULL,
       account_id = coalesce((SELECT a.account_id FROM smelt.pipeline_account AS a
                               WHERE a.pipeline_id = b.pipeline_id AND a.account_id = b.account_id),
                             (SELECT t.accounts[CASE WHEN b.rung < 0 THEN cardinality(t.accounts) ELSE b.rung + 1 END] FROM smelt.task AS t WHERE t.id = b.task_id), b.account_id)
 WHERE b.id = :batch_id AND b.state = :unknown

-- name: batch_declare_absent(batch_id)
-- Also an open one that its provider was asked to cancel and never ends: servers forget jobs in a restart.
UPDATE smelt.batch
   SET state = :abandoned, epoch = epoch + 1, runner_id = NULL, closed_at = clock_timestamp(),
       not_run = sent - (accepted + rejected + errored + expired + cancelled + missing),
       error = 'declared absent by smelt adopt', reserved_tokens = 0
 WHERE id = :batch_id AND (state IN (:unknown, :ended) OR (state = :open AND cancel_requested_at IS NOT NULL AND dispatched IS NULL))

-- name: batch_abandoned(pipeline_id, age_ms)
SELECT b.*, extract(epoch FROM clock_timestamp() - b.created_at) AS age_s,
       extract(epoch FROM coalesce(b.ended_at, clock_timestamp()) - b.submitted_at) AS open_s,
       extract(epoch FROM clock_timestamp() - coalesce(b.send_until, b.created_at)) AS since_window_s, 0 AS since_download_s
  FROM smelt.batch AS b
 WHERE b.pipeline_id = :pipeline_id AND b.state = :abandoned AND b.send_until IS NOT NULL AND b.remote_id IS NULL
   AND b.closed_at > clock_timestamp() - :age_ms * interval '1 millisecond'
   AND EXISTS (SELECT FROM smelt.abandoned_request AS a WHERE a.batch_id = b.id)
 ORDER BY b.id

-- name: batch_can_readopt(batch_id)
-- True when no member was sent again or answered since.
SELECT NOT EXISTS (
       SELECT FROM smelt.abandoned_request AS a
         JOIN smelt.batch AS b ON b.id = a.batch_id
        WHERE a.batch_id = :batch_id
          AND (NOT EXISTS (SELECT FROM smelt.item AS i
                            WHERE i.pipeline_id = b.pipeline_id AND i.task_id = b.task_id AND i.record_id = a.record_id
                              AND (i.claimable OR i.status = :waiting))
               OR EXISTS (SELECT FROM smelt.attempt AS t
                           WHERE t.record_id = a.record_id AND t.pipeline_id = b.pipeline_id AND t.task_id = b.task_id
                             AND t.batch_id > b.id))) AS free

-- name: batch_readopt_items(batch_id)
-- What waits for an answer that it needs, or was rendered from another one than it would be now, will have a stale answer.
UPDATE smelt.item AS i
   SET status = :submitted, claimable = false, batch_id = b.id,
       stale = i.status = :waiting OR (i.built_from IS NOT NULL AND smelt.parts_differ(b.pipeline_id, i.record_id, b.task_version_id, i.built_from))
  FROM smelt.batch AS b, smelt.abandoned_request AS a
 WHERE b.id = :batch_id AND a.batch_id = b.id
   AND i.pipeline_id = b.pipeline_id AND i.task_id = b.task_id AND i.record_id = a.record_id AND (i.claimable OR i.status = :waiting)

-- name: batch_member_count(batch_id)
SELECT count(*) FROM smelt.abandoned_request WHERE batch_id = :batch_id

-- name: batch_readopt(batch_id, runner_id, remote_id)
UPDATE smelt.batch
   SET state = :open, epoch = epoch + 1, runner_id = :runner_id, remote_id = :remote_id, not_run = 0, closed_at = NULL,
       submitted_at = clock_timestamp(), error = 'turned up after it was abandoned'
 WHERE id = :batch_id AND state = :abandoned

-- name: batch_forget_members(batch_id)
DELETE FROM smelt.abandoned_request WHERE batch_id = :batch_id

-- name: batch_note_duplicate_job(batch_id, remote_id, note)
UPDATE smelt.batch SET remote_id = :remote_id, error = :note WHERE id = :batch_id AND state = :abandoned

-- name: batch_remote_files(pipeline_id, account_id, closed_too, late_duplicates_ms)
-- Files at the provider that nobody needs: of batches that were never created, and of closed ones when that is wished.
-- While a create may still turn up as a late duplicate, its input file stays.
SELECT id, nonce, key_fingerprint, input_file_id, output_file_id, error_file_id, send_until IS NULL AND input_file_id IS NULL AS unnamed,
       (extract(epoch FROM clock_timestamp() - created_at) * 1000)::bigint AS age
  FROM smelt.batch
 WHERE pipeline_id = :pipeline_id AND account_id = :account_id AND state >= :closed AND files_deleted_at IS NULL AND dispatched IS NULL
   AND CASE WHEN state = :closed
            THEN :closed_too::boolean
                 OR EXISTS (SELECT FROM smelt.forgotten_batch AS f WHERE f.pipeline_id = :pipeline_id AND f.batch_id = batch.id)
            ELSE send_until IS NULL OR closed_at < clock_timestamp() - :late_duplicates_ms * interval '1 millisecond' END
 ORDER BY id LIMIT 100

-- name: batch_files_deleted(batch_id)
UPDATE smelt.batch SET files_deleted_at = clock_timestamp() WHERE id = :batch_id AND state >= :closed
