-- Answers to requests whose items were deleted are paid for and have no attempts.
SELECT format('batch %s: %s is %s, but its attempts sum to %s', b.id, c.name, c.stored, c.counted)
  FROM smelt.batch AS b
  LEFT JOIN (SELECT pipeline_id, batch_id, sum(input_tokens) AS input, sum(cached_tokens) AS cached, sum(output_tokens) AS output,
                    sum(reasoning_tokens) AS reasoning, sum(cost_picousd) AS cost
               FROM smelt.attempt
              WHERE outcome <> 7
              GROUP BY 1, 2) AS a ON a.pipeline_id = b.pipeline_id AND a.batch_id = b.id
 CROSS JOIN LATERAL (VALUES
       ('input_tokens', b.input_tokens, coalesce(a.input, 0)), ('cached_tokens', b.cached_tokens, coalesce(a.cached, 0)),
       ('output_tokens', b.output_tokens, coalesce(a.output, 0)),
       ('reasoning_tokens', b.reasoning_tokens, coalesce(a.reasoning, 0)),
       ('cost_picousd', b.cost_picousd, coalesce(a.cost, 0))) AS c (name, stored, counted)
 WHERE CASE WHEN b.orphaned > 0 OR b.state < 5 AND b.foreign_lines > 0 THEN c.stored < c.counted ELSE c.stored <> c.counted END
 ORDER BY b.id
 LIMIT 20
