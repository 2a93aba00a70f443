"""Estimators of a policy's value: one file each, exported as ESTIMATOR."""
