SELECT name FROM smelt.pipeline ORDER BY name
