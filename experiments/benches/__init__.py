"""One benchmark a file, exported as BENCH."""
