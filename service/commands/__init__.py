"""Commands of the service: one file a command, exported as COMMAND; heavy imports stay inside functions."""
