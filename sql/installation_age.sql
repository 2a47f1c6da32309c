SELECT (extract(epoch FROM clock_timestamp() - created_at) * 1000)::bigint FROM smelt.installation
