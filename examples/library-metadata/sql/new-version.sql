INSERT INTO library.file_metadata (file_path, metadata, score, warnings, repairs, model, prompt_version, batch, tokens, cost_usd, is_current, created_at)
SELECT r.key, r.output, r.score, r.warnings, r.repairs, r.model, r.version, r.batch, r.tokens, r.cost_usd, true, r.at
  FROM rows AS r
 WHERE NOT EXISTS (SELECT FROM library.file_metadata AS m WHERE m.file_path = r.key AND m.is_current)
