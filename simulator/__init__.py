"""The campaign simulator: its own physics words, seeded worlds as arrays, and a local Graph API. Knows no agents."""
