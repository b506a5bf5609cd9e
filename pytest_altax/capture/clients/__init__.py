"""How the calls of each HTTP client are heard and answered. Nothing here is imported before its client is."""
