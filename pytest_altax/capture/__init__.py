"""Recording and replaying the HTTP calls of a test, whatever client makes them.

Importing this loads no client and no vcrpy: `Engine.install` waits for each client to be imported by somebody else.
"""

from .engine import Engine
from .settings import CaptureSettings, RecordMode
from .tape import Tape, Unused

__all__ = ["CaptureSettings", "Engine", "RecordMode", "Tape", "Unused"]
