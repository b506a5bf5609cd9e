"""Reports: one model of a run's results, and one module for each format drawn from it."""
