"""`altax explain [NAME]`: the page of a metric, of a line of the ledger or of an error, or the table of all metrics."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping

import click

from ..errors import AltaxError, AltaxException, UnknownName, nearest
from ..measurements import Metric
from ..meters.lines import LINES, family
from .extensions import meters

_ELSEWHERE = "metrics of a conftest.py's meters are known to pytest alone, those of installed packages here too"


@click.command("explain")
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """Explain a metric, a line of the ledger or an error; without a NAME, list the metrics."""
    registry = meters()
    if name is None:
        click.echo("\n".join(table(registry.metrics)))
    elif name in registry.metrics:
        click.echo(registry.page(name))
    elif family(name) in LINES:
        click.echo(registry.page(f"{family(name)}_tokens"))
    else:
        click.echo(error_page(name, [*registry.metrics, *LINES]))


def table(metrics: Mapping[str, Metric]) -> list[str]:
    """All metrics, one a line under a heading: name, unit, which way is better, summary."""
    rows = [("metric", "unit", "better", "what it is")]
    rows += [
        (m.name, m.unit.value, m.direction.value, m.summary) for m in sorted(metrics.values(), key=lambda m: m.name)
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return [
        "  ".join([*(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)), row[3]]) for row in rows
    ]


def error_page(slug: str, others: Iterable[str]) -> str:
    """The page of an error, which is the docstring of its class. Raises UnknownName with the nearest of all names."""
    known = {kind.slug: kind for kind in _errors(AltaxError)}
    if slug in known:
        return f"{slug}\n\n{inspect.cleandoc(known[slug].__doc__ or '')}"
    names = [*others, *known]
    fix = f"altax explain lists the metrics; lines are {', '.join(LINES)}; errors are {', '.join(sorted(known))}"
    what = f"no metric, line of the ledger or error is called {slug!r}"
    raise UnknownName(what, facts=[_ELSEWHERE], did_you_mean=nearest(slug, names), fix=fix)


def _errors(kind: type[AltaxError]) -> Iterator[type[AltaxError]]:
    for child in kind.__subclasses__():
        if child is not AltaxException:
            yield child
        yield from _errors(child)
