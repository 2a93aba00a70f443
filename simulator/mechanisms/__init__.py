"""Mechanisms of the market beyond the plain day: one a file, exported as MECHANISM, on where a scenario names them."""
