"""Processes that are started while a tape is open: what they send cannot be seen, and the user is to know.

Only the name of a program is told: its arguments may hold secrets.
"""

from __future__ import annotations

import functools
import os
import re
import shlex
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import PurePath
from types import ModuleType
from typing import Any

from .callers import modules
from .patching import Router, put

# Parts of Python that start helpers, which call nobody; forks of multiprocessing are noted where it starts them.
_HELPERS = frozenset({"ctypes.util", "multiprocessing.popen_fork", "platform", "uuid"})
_RUNNERS = frozenset({"coverage", "execnet", "pytest_altax", "pytest_rerunfailures", "xdist"})
# Between the event and here.
_HERE = frozenset({__name__, f"{__package__}.wall"})
_SHELLS = frozenset({"bash", "cmd", "dash", "sh", "zsh"})
_FORK = "a copy of this process (fork)"
_ASSIGNMENT = re.compile(r"\w+=")


def patch(module: ModuleType, router: Router, undo: ExitStack) -> None:
    """Patch `multiprocessing.process`: no audit event tells of a process that it starts without a fork."""
    real = module.BaseProcess.start

    @functools.wraps(real)
    def start(process: Any) -> None:
        router.starting("a worker process (multiprocessing)")
        real(process)

    put(undo, module.BaseProcess, "start", start)


def program(event: str, arguments: tuple[Any, ...]) -> str | None:
    """The name of the program that an audit event tells of; None for one that nobody needs to be told of."""
    found = _EVENTS[event](arguments)
    return None if found is None or _is_helper([name for name in modules() if name not in _HERE]) else found


def _is_helper(names: list[str]) -> bool:
    packages = (name.partition(".")[0] for name in names)
    starter = next((package for package in packages if package not in sys.stdlib_module_names), None)
    return starter in _RUNNERS or not _HELPERS.isdisjoint(names)


def _popen(arguments: tuple[Any, ...]) -> str:
    # subprocess.Popen: (executable, args, cwd, env), os.posix_spawn: (path, argv, env)
    executable, command = arguments[:2]
    if executable is None and isinstance(command, str):
        # Windows: a whole command line
        return _first(command)
    return _of_shell(command) or _name(executable or command)


def _of_shell(command: Any) -> str | None:
    words = [os.fsdecode(word) for word in command] if isinstance(command, list | tuple) else []
    in_shell = len(words) > 2 and PurePath(words[0]).stem in _SHELLS and words[1] in ("-c", "/c")
    return _first(words[2]) if in_shell else None


def _first(line: str) -> str:
    try:
        words = shlex.split(line)
    except ValueError:
        words = line.split()
    return _name(next((word for word in words if not _ASSIGNMENT.match(word)), "a shell"))


def _name(found: Any) -> str:
    first = found[0] if isinstance(found, list | tuple) and found else found
    return PurePath(os.fsdecode(first)).name if isinstance(first, str | bytes | os.PathLike) else "a program"


def _fork(_: tuple[Any, ...]) -> str | None:
    return _FORK


_EVENTS: Mapping[str, Callable[[tuple[Any, ...]], str | None]] = {
    "subprocess.Popen": _popen,
    "os.posix_spawn": _popen,
    "os.exec": lambda arguments: _name(arguments[0]),
    "os.system": lambda arguments: _first(os.fsdecode(arguments[0])),
    "os.startfile": lambda arguments: _name(arguments[0]),
    "os.fork": _fork,
    "os.forkpty": _fork,
}
EVENTS = frozenset(_EVENTS)
