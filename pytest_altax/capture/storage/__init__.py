"""Cassette files: our format, how it is opened, read and written; the formats of others are read beneath `formats`."""
