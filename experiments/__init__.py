"""Offline experiments: studies, metrics, tracking, promotion, benchmarks."""
