SELECT id, pipeline, task, state, remote_status, remote_id, nonce, model, name, claimed, sent, accepted, rejected, errored,
       expired, cancelled, missing, not_run, waiting, remote_total, remote_completed, remote_failed,
       created_at, submitted_at, last_checked_at, ended_at, closed_at, cancel_requested_at,
       extract(epoch FROM clock_timestamp() - created_at)::float8 AS created_ago,
       extract(epoch FROM clock_timestamp() - submitted_at)::float8 AS submitted_ago,
       extract(epoch FROM clock_timestamp() - last_checked_at)::float8 AS last_checked_ago,
       extract(epoch FROM clock_timestamp() - ended_at)::float8 AS ended_ago,
       extract(epoch FROM clock_timestamp() - closed_at)::float8 AS closed_ago,
       extract(epoch FROM clock_timestamp() - cancel_requested_at)::float8 AS cancel_requested_ago,
       cost_usd, input_tokens, output_tokens, provider, base_url, error
  FROM smelt.batches
 WHERE ($1 = '' OR pipeline = $1) AND (NOT $2::boolean OR state NOT IN ('closed', 'abandoned'))
 ORDER BY id
