"""Off-policy evaluation: what another policy would have earned, from the decisions of the one that was running."""
