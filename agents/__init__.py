"""Policies and what they may see: pure arithmetic on numpy arrays, no input, no output."""
