UPDATE library.files AS f
   SET status = CASE WHEN r.reason IN ('not_json', 'truncated', 'empty') THEN 'failed_json'
                     WHEN r.reason IN ('schema', 'rule', 'rule_error') THEN 'failed_validation'
                     ELSE 'failed' END,
       score = NULL, error_message = concat(r.reason, ': ', left(r.message, 300))
  FROM rows AS r
 WHERE f.file_path = r.key
