"""One module a revision; the newest is `evalfirst.trend.tables.SCHEMA`."""
