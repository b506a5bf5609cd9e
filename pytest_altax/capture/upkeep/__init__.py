"""What is done to cassettes outside of a run: looking for secrets in them, taking these out, dropping recordings."""
