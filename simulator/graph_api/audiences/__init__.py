"""Audiences: people who were uploaded, who visited or engaged, and people like them. No real person is known here."""
