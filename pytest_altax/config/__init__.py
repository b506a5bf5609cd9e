"""The configuration: `[tool.pytest-altax]`, markers and the recording option into frozen settings.

A mistake is a `ConfigError` with file, line and column, the nearest valid name and how to fix it; all of them at once.
"""

from .capturing import override
from .limits import parse_limit
from .load import given, load
from .marker import marker_limits
from .settings import Mark, Settings

__all__ = ["Mark", "Settings", "given", "load", "marker_limits", "override", "parse_limit"]
