UPDATE smelt.batch
   SET checkpoint_file = $6, checkpoint_offset = $7, checkpoint_line = $8,
       accepted = $9, rejected = $10, errored = $11, expired = $12, cancelled = $13, missing = $14, not_run = $15,
       duplicate_lines = $16, foreign_lines = $17,
       input_tokens = $18, cached_tokens = $19, output_tokens = $20, reasoning_tokens = $21, cost_picousd = $22, score_sum = $23,
       first_download_at = coalesce(first_download_at, clock_timestamp())
 WHERE id = $1 AND epoch = $2 AND (state = 4 OR state = 3 AND dispatched IS NOT NULL) AND checkpoint_file = $3 AND checkpoint_offset = $4 AND checkpoint_line = $5
