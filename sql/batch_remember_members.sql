-- Only when a create may have been sent: then a twin can still turn up.
INSERT INTO smelt.abandoned_request (batch_id, record_id)
SELECT b.id, i.record_id
  FROM smelt.batch AS b
  JOIN smelt.item AS i ON i.batch_id = b.id AND i.status = 1
 WHERE b.id = $1 AND b.send_until IS NOT NULL
