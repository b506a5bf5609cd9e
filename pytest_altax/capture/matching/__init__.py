"""Which recording answers a request: the same request, else the one that stands in for it; and why none does."""
