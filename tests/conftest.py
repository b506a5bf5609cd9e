"""Settings of the whole suite."""

from hypothesis import settings

# The gate must not flip: the same examples each time, however slow the machine. To search for new ones, run
# pytest --hypothesis-profile=default
settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")
