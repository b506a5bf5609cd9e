"""Provider modules: what an HTTP exchange with an LLM API says, read into one `Call` whatever the wire format."""
