"""One study a file, exported as STUDY."""
