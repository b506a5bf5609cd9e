"""The gate: limits and measurements in, verdicts out. Pure functions: no I/O, no clock, no pytest."""
