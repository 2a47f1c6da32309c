UPDATE smelt.task SET active = false WHERE pipeline_id = $1 AND active AND id <> ALL ($2::int[])
