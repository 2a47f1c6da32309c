-- The reasons of a doubt are the soft rules and repairs that cost score; without any the model itself was not sure.
UPDATE library.files AS f
   SET status = 'needs_review', score = r.score,
       error_message = coalesce((SELECT string_agg(found ->> 'message', '; ')
                                   FROM jsonb_array_elements(coalesce(r.warnings, '[]') || coalesce(r.repairs, '[]')) AS found
                                  WHERE (found ->> 'weight')::numeric > 0),
                                'the model is not sure')
  FROM rows AS r
 WHERE f.file_path = r.key
