"""Secrets: found by where they stand, by having been seen, by their shape; taken out, and looked for before a save."""

from __future__ import annotations
