"""The o200k_base and cl100k_base vocabularies of tiktoken, loaded from package data and never from the network.

tiktoken downloads its rank files unless they lie in its cache. Here the packed ranks are rebuilt to the very bytes it
would download, proved by its own SHA-256, and laid where it looks for them; the encoding is then registered, so that
code under test which calls `tiktoken.get_encoding` works offline as well.
"""

from __future__ import annotations

import base64
import hashlib
import os
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tiktoken

# Version 1: this line, then one byte of length and the bytes of each token in rank order; all of it in xz.
HEADER = b"altax-vocabulary 1\n"
# around a load, which sets the environment of the whole process for a moment
_LOADING = threading.Lock()
_CACHE_VARIABLES = ("TIKTOKEN_CACHE_DIR", "DATA_GYM_CACHE_DIR")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A rank file: the address tiktoken knows it by, its SHA-256, and the pattern that cuts text into words.

    Source of all three: `tiktoken_ext/openai_public.py` of tiktoken (MIT, OpenAI).
    """

    name: str
    url: str
    sha256: str
    pattern: str


_O200K_WORD = r"[^\r\n\p{L}\p{N}]?"
_O200K_UPPER, _O200K_LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
_O200K_SUFFIX = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
_URL = "https://openaipublic.blob.core.windows.net/encodings/{}.tiktoken"

VOCABULARIES: Mapping[str, Vocabulary] = MappingProxyType(
    {
        "o200k_base": Vocabulary(
            "o200k_base",
            _URL.format("o200k_base"),
            "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
            f"{_O200K_WORD}{_O200K_UPPER}*{_O200K_LOWER}+{_O200K_SUFFIX}"
            f"|{_O200K_WORD}{_O200K_UPPER}+{_O200K_LOWER}*{_O200K_SUFFIX}"
            r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        ),
        "cl100k_base": Vocabulary(
            "cl100k_base",
            _URL.format("cl100k_base"),
            "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
            r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+"
            r"|\s++$|\s*[\r\n]|\s+(?!\S)|\s",
        ),
    }
)


def tokens(packed: bytes) -> list[bytes]:
    """Unpack package data: the tokens in the order of their ranks. Raises ValueError for data of another kind."""
    import lzma

    try:
        plain = lzma.decompress(packed)
    except lzma.LZMAError as error:
        raise ValueError(f"not a packed vocabulary: {error}") from error
    if not plain.startswith(HEADER):
        raise ValueError("not a packed vocabulary of version 1")
    found, place = [], len(HEADER)
    while place < len(plain):
        end = place + 1 + plain[place]
        found.append(plain[place + 1 : end])
        place = end
    return found


def rank_file(packed: bytes) -> bytes:
    """Rebuild the rank file that tiktoken reads: a line `BASE64 RANK` for each token."""
    encode = base64.b64encode
    return b"".join(b"%b %d\n" % (encode(token), rank) for rank, token in enumerate(tokens(packed)))


def load(name: str) -> tiktoken.Encoding | None:
    """Load an encoding offline; None when its data is missing or damaged, or this Python has no xz.

    A cache folder that the user set is read, never written; a rank file that it lacks is not put there.
    """
    with _LOADING:
        return _load(VOCABULARIES[name])


def _load(vocabulary: Vocabulary) -> tiktoken.Encoding | None:
    import tiktoken

    name = vocabulary.name
    try:
        chosen = next((os.environ[variable] for variable in _CACHE_VARIABLES if variable in os.environ), None)
        if chosen is not None:
            return tiktoken.get_encoding(name) if _is_cached(vocabulary, Path(chosen)) else _build(vocabulary)
        folder = cache_folder()
        if not _is_cached(vocabulary, folder) and not _write(vocabulary, folder):
            return _build(vocabulary)
        with _reading_from(folder):
            return tiktoken.get_encoding(name)
    except (ImportError, OSError, ValueError):
        return None


def cache_folder() -> Path:
    """Name the folder of the user's own cache in which rebuilt rank files lie."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or tempfile.gettempdir()
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(base) / "pytest-altax" / "vocabularies"


def _packed(name: str) -> bytes:
    return (resources.files("pytest_altax") / "data" / f"{name}.xz").read_bytes()


def _path(vocabulary: Vocabulary, folder: Path) -> Path:
    return folder / hashlib.sha1(vocabulary.url.encode(), usedforsecurity=False).hexdigest()


def _is_cached(vocabulary: Vocabulary, folder: Path) -> bool:
    """Whether the right file lies there; on a wrong one tiktoken would delete it and download."""
    try:
        content = _path(vocabulary, folder).read_bytes()
    except OSError:
        return False
    return hashlib.sha256(content).hexdigest() == vocabulary.sha256


def _write(vocabulary: Vocabulary, folder: Path) -> bool:
    """Rebuild the file in the folder, whole or not at all. False where the folder cannot be written."""
    content = rank_file(_packed(vocabulary.name))
    if hashlib.sha256(content).hexdigest() != vocabulary.sha256:
        raise ValueError(f"the package data of {vocabulary.name} is damaged")
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(dir=folder) as private:
            unfinished = Path(private) / vocabulary.name
            unfinished.write_bytes(content)
            unfinished.replace(_path(vocabulary, folder))
    except OSError:
        return False
    return True


def _build(vocabulary: Vocabulary) -> tiktoken.Encoding:
    """Build the encoding in memory, unknown to tiktoken's own registry."""
    import tiktoken

    ranks = {token: rank for rank, token in enumerate(tokens(_packed(vocabulary.name)))}
    return tiktoken.Encoding(vocabulary.name, pat_str=vocabulary.pattern, mergeable_ranks=ranks, special_tokens={})


@contextmanager
def _reading_from(folder: Path) -> Iterator[None]:
    os.environ[_CACHE_VARIABLES[0]] = str(folder)
    try:
        yield
    finally:
        del os.environ[_CACHE_VARIABLES[0]]
