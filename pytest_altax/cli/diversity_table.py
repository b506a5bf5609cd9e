"""The table of `altax diversity`: a row a group, then the averages over groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..meters.variety.record import GroupVariety
from ..report.safe import plain
from ..report.variety import variety

Row = tuple[str | float, bool, GroupVariety]
"""(the group's id, whether its prompt is harmful, what was measured)."""

_MOST_ROWS = 40
_COLUMNS = (
    ("n", 6), ("words", 8), ("refused", 8), ("classes", 8), ("entropy", 8), ("vendi", 8), ("ead", 7),
    ("distinct", 9), ("BLEU", 7), ("gzip", 6),
)  # fmt: skip
_NAMED = (
    ("distinct_clusters", 0, 8), ("semantic_entropy", 2, 8), ("vendi", 2, 8), ("ead", 2, 7),
    ("distinct_2", 2, 9), ("self_bleu", 1, 7), ("compression_ratio", 2, 6),
)  # fmt: skip
_NARROWEST = 12


def table(rows: Sequence[Row], clusterer: str, width: int) -> Iterator[str]:
    """The lines of the table, names of groups cut to fit a terminal `width` columns wide."""
    if not rows:
        yield "no answers"
        return
    numbers = sum(size for _, size in _COLUMNS)
    longest = max(len("group"), *(len(plain(str(group))) for group, _, _ in rows[:_MOST_ROWS]))
    named = min(longest, max(_NARROWEST, width - numbers))
    yield f"{'group':<{named}}" + "".join(f"{name:>{size}}" for name, size in _COLUMNS)
    for group, _, found in rows[:_MOST_ROWS]:
        yield (f"{plain(str(group), named):<{named}}" + _cells(found)).rstrip()
    if len(rows) > _MOST_ROWS:
        yield f"and {len(rows) - _MOST_ROWS:,} more, which jsonl gives"
    lines = variety([(harmful, found) for _, harmful, found in rows], clusterer)
    yield ""
    yield from lines or ["no group has answers enough"]


def _cells(found: GroupVariety) -> str:
    answers = found.answers
    refused = f"{found.refusals / answers.samples:.0%}" if answers.samples else "-"
    head = f"{answers.samples:>6,}{answers.words:>8,.1f}{refused:>8}"
    if not answers.values:
        return f"{head}  {next(iter(answers.unmeasured.values()))}"
    values = ((answers.values.get(name), digits, size) for name, digits, size in _NAMED)
    return head + "".join(
        f"{'-' if value is None else f'{value:,.{digits}f}':>{size}}" for value, digits, size in values
    )
