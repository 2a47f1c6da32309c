-- How many files stand in each status, and how sure their entries are.
SELECT status, count(*) AS files, round(100.0 * count(*) / sum(count(*)) OVER (), 1) AS percent,
       min(score) AS lowest, round(avg(score), 2) AS mean, max(score) AS highest
  FROM library.files
 GROUP BY status
 ORDER BY status COLLATE "C";
