"""`python -m pytest_altax` is the command `altax`."""

from .cli import main

main()
