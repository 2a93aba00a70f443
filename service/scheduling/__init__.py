"""Whose morning is it (`due.py`, pure), and the durable engine that sees each one through (`engine.py`)."""
