"""One policy a file, exported as POLICY; found by `agents.registry`, examined by tests/agents/test_policies.py."""
