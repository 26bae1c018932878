"""Settings at the desk: what the town's own people change, in a browser, with a history of everything."""
