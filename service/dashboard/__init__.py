"""The pages: server-rendered, one script of our own, every file served from here."""
