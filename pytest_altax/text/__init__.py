"""Text as tokens, shingles and words."""
