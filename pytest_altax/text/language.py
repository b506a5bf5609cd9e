"""The language of a text, offline: by its script, then by frequent words and letters of that script's languages."""

from __future__ import annotations

import functools
import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from importlib import resources
from typing import Any

UNDETERMINED = "und"

_READ = 500
_LETTER_WEIGHT = 1.0
_LETTER_COUNTED = 4
_LEAST = 0.5
_SAME = 1e-6
_KANA_SHARE = 0.06
_STOPS = "'\u2019,.!?:;()\"\u060c\u061f\u0964"
_KANA = re.compile("[\u3041-\u30fa\u30fc-\u30ff]")
_NOT_PROSE = re.compile(r"```.*?(?:```|\Z)|https?://\S+|`[^`\n]*`", re.DOTALL)

_HALVES = {
    0x05: ("hy", "he"),
    0x09: ("devanagari", "bn"),
    0x0A: ("pa", "gu"),
    0x0B: ("or", "ta"),
    0x0C: ("te", "kn"),
    0x0D: ("ml", "si"),
    0x0E: ("th", "lo"),
    0x10: ("my", "ka"),
}
_BOUNDARIES = {0x05: 0x90, 0x10: 0xA0}
_PAGES = (
    ("latin", 0.7, (0x00, 0x01, 0x02, 0x1E)),
    ("el", 1, (0x03, 0x1F)),
    ("cyrillic", 1, (0x04,)),
    ("arabic", 1, (0x06, 0x07, 0xFB, 0xFE)),
    ("bo", 1, (0x0F,)),
    ("am", 2, (0x12, 0x13)),
    ("km", 1, (0x17,)),
    ("kana", 1, (0x30,)),
    ("han", 3, (*range(0x34, 0xA0), 0xF9, 0xFA)),
    ("ko", 3, (*range(0xAC, 0xD8), 0x11, 0x31)),
    *((f"half-{page:x}", 1, (page,)) for page in _HALVES),
)

Weights = dict[str, tuple[tuple[str, float], ...]]


@dataclass(frozen=True, slots=True)
class Script:
    """What tells the languages of one script apart.

    Each word and letter weighs the more for a language, the fewer others share it; `marks` finds the letters.
    """

    languages: tuple[str, ...]
    words: Weights
    letters: Weights
    marks: re.Pattern[str]


def identify(text: str) -> str:
    """The ISO 639-1 code of a text's language, or "und" where nothing tells (numbers, code, a name).

    The first 500 characters are read, without code blocks and addresses. Norwegian is `no` in both written forms, and
    Chinese `zh` in both scripts; Croatian, Bosnian and Serbian in Latin letters are `hr`. Never raises.
    """
    text = text[: 3 * _READ]
    if "`" in text or "://" in text:
        text = _NOT_PROSE.sub(" ", text)
    text = text[:_READ]
    script = "latin" if text.isascii() else _script(text)
    known = _scripts().get(script)
    return _by_words(text.lower(), known) if known else script


def _script(text: str) -> str:
    """The script that carries most of a text, as the language it stands for where it is written in one alone."""
    pages = text.encode("utf-16-le", "surrogatepass")[1::2].translate(_page_numbers())
    counts = {name: pages.count(number) * weight for number, (name, weight, _) in enumerate(_PAGES)}
    if han := counts.pop("han") + 3 * counts.pop("kana"):
        kana = len(_KANA.findall(text))
        counts["ja" if 3 * kana > _KANA_SHARE * han else "zh"] = han
    script = max(counts, key=counts.__getitem__)
    if not counts[script]:
        return UNDETERMINED
    return _half(text, int(script[5:], 16)) if script.startswith("half-") else script


def _half(text: str, page: int) -> str:
    """The script on one half of a page of 256 characters that holds two."""
    first, second = _HALVES[page]
    start = page << 8
    boundary = start + _BOUNDARIES.get(page, 0x80)
    sides = [ord(char) < boundary for char in text if start <= ord(char) < start + 0x100]
    return first if 2 * sum(sides) >= len(sides) else second


def _by_words(text: str, known: Script) -> str:
    """The language with most weight of frequent words and letters in a lower-case text, the first known if equal."""
    scores = dict.fromkeys(known.languages, 0.0)
    for word in known.words.keys() & _words(text):
        for language, weight in known.words[word]:
            scores[language] += weight
    if not text.isascii():
        for letter, count in Counter(known.marks.findall(text)).items():
            for language, weight in known.letters[letter]:
                scores[language] += weight * min(_LETTER_COUNTED, count)
    most = max(scores.values())
    if most < _LEAST:
        return UNDETERMINED
    return next(language for language, score in scores.items() if score > most - _SAME)


def _words(text: str) -> list[str]:
    """The words of a text and what an apostrophe parts; a tenth of the time that an expression takes."""
    for stop in _STOPS:
        text = text.replace(stop, " ")
    return text.split()


@functools.cache
def _page_numbers() -> bytes:
    """For each high byte of a UTF-16 unit the number of its entry in `_PAGES`; surrogates and signs count as none."""
    numbers = bytearray([255] * 256)
    for number, (_, _, pages) in enumerate(_PAGES):
        for page in pages:
            numbers[page] = number
    return bytes(numbers)


@functools.cache
def _scripts() -> dict[str, Script]:
    """The scripts that several languages share, by name."""
    text = resources.files("pytest_altax").joinpath("data/languages.json").read_text("utf-8")
    data: dict[str, Any] = json.loads(text)
    return {script: _known(languages, data["letters"]) for script, languages in data["words"].items()}


def _known(languages: dict[str, str], letters: dict[str, str]) -> Script:
    words = _shared({language: text.split() for language, text in languages.items()}, 1.0)
    marks = _shared({language: list(letters.get(language, "")) for language in languages}, _LETTER_WEIGHT)
    return Script(tuple(languages), words, marks, re.compile(f"[{''.join(marks)}]"))


def _shared(features: dict[str, list[str]], whole: float) -> Weights:
    owners: dict[str, list[str]] = defaultdict(list)
    for language, names in features.items():
        for name in names:
            owners[name].append(language)
    return {name: tuple((language, whole / len(known)) for language in known) for name, known in owners.items()}
