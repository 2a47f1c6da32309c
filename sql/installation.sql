SELECT id FROM smelt.installation
