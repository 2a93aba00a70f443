"""Tables of published figures, one file a table, exported as TARGETS; a new target is one entry."""
