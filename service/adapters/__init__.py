"""Where the service touches the machine: clock, lock, log. Everything else is given these."""
