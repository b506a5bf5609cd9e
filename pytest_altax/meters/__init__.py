"""From calls to measurements: refusal labels, the bill of each call, and one module for each idea that is measured."""
