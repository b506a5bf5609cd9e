"""The configuration: `[tool.pytest-altax]`, markers and the recording option into frozen settings.

A mistake is a `ConfigError` with file, line and column, the nearest valid name and how to fix it; all of them at once.
"""

from .limits import parse_limit
from .load import load
from .marker import marker_limits
from .settings import Mark, Settings

__all__ = ["Mark", "Settings", "load", "marker_limits", "parse_limit"]
