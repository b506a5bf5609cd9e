"""How much texts differ: pure functions of texts and of class numbers, with numpy alone.

Importing this package imports no numpy; `classes` and `record` do without it, the others load it.
"""
