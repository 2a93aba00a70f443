"""One scenario a file, exported as SCENARIO."""
