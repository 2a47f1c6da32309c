SELECT count(*) AS read, count(*) FILTER (WHERE change = 1) AS changed, count(*) FILTER (WHERE change IN (2, 3)) AS unchanged
  FROM pg_temp.incoming
