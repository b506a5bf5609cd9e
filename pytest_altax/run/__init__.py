"""A run as a whole: what its tests come to, beside which baseline, and what it edits of its own gate. No pytest."""
