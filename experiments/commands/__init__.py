"""Commands of the offline half: one file a command, exported as COMMAND; heavy imports stay inside functions."""
