"""Writing a file so that nothing is lost: under a lock, whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ...errors import CassetteError

# Seconds. A save takes far less, unless the one that holds the lock hangs.
PATIENCE = 60.0
_OLD = 3600.0
_PREFIX, _SUFFIX = ".altax-", ".tmp"


@contextmanager
def locked(path: Path, patience: float = PATIENCE) -> Iterator[None]:
    """Let no other process or thread of this machine and user write the file inside. Raises CassetteError.

    The lock lies in the system's folder for temporary files; the system frees it when its process dies. There are 256,
    so that no more files than that are ever left: some cassettes wait for others, and nobody may hold two.
    """
    filelock = importlib.import_module("filelock")
    try:
        name = hashlib.blake2b(os.fsencode(os.path.realpath(path)), digest_size=1).hexdigest()
        lock = filelock.FileLock(_lock_folder() / f"{name}.lock", timeout=patience, thread_local=False)
        lock.acquire()
    except OSError as error:
        # a Timeout of filelock's is an OSError too
        waited = isinstance(error, filelock.Timeout)
        fact = f"another process has had it locked for {patience:g} s" if waited else str(error)
        raise CassetteError(f"{path} cannot be locked", facts=[fact]) from error
    try:
        yield
    finally:
        lock.release()


def _lock_folder() -> Path:
    user = os.geteuid() if hasattr(os, "geteuid") else 0
    folder = Path(tempfile.gettempdir(), f"pytest-altax-{user}")
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    if folder.is_symlink() or (hasattr(os, "geteuid") and folder.stat().st_uid != user):
        raise PermissionError(f"{folder} belongs to somebody else")
    return folder


def write_whole(path: Path, data: bytes) -> None:
    """Put a file in place of another, which keeps its mode, or of none. Raises OSError; the old file is as it was."""
    with replacing(path) as file:
        file.write(data)


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to write, beside the one whose place it takes in the end, or none; that one is as it was on any error."""
    path = Path(os.path.realpath(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    _sweep(path.parent)
    temporary = path.with_name(f"{_PREFIX}{os.getpid()}-{threading.get_ident()}{_SUFFIX}")
    try:
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileNotFoundError):
            temporary.chmod(path.stat().st_mode & 0o7777)
        os.replace(temporary, path)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def _sweep(folder: Path) -> None:
    """Remove what processes that were killed while they wrote have left; nothing that may still be written."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(_PREFIX) and entry.name.endswith(_SUFFIX):
                with contextlib.suppress(OSError):
                    if time.time() - entry.stat(follow_symlinks=False).st_mtime > _OLD:
                        os.unlink(entry)
