"""Intervals, tests and sample sizes for numbers that were sampled. Pure arithmetic on the standard library alone."""
