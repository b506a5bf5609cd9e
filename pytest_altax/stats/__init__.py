"""Intervals, tests and sample sizes for numbers that were sampled. numpy where numbers are drawn again, never scipy."""
