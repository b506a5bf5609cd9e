"""`@pytest.mark.altax(...)`: the limits of one test, and what it is."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from ..errors import ConfigError
from ..gate.budget import Limit
from ..measurements import Metric
from .limits import find_test_metric, parse_limit
from .problems import Problems
from .settings import Mark
from .toml import found

CASSETTE_SCOPES = ("class", "module")
_FIELDS = tuple(field.name for field in dataclasses.fields(Mark))


def marker_limits(
    kwargs: Mapping[str, Any], metrics: Mapping[str, Metric], *, source: str, line: int | None
) -> tuple[tuple[Limit, ...], Mark]:
    """The limits and the mark that a marker's keywords set; none and the default for no keywords.

    `source` names the marker to the user, `line` is its line. Raises one ConfigError for all unknown names, values that
    cannot be meant and limits that can never fail.
    """
    place = f"{source}:{line}" if line else source
    problems = Problems(place, lambda _: place)
    limits: list[Limit] = []
    marks: dict[str, Any] = {}
    for name, value in kwargs.items():
        with problems.at(name):
            if name == "variants":
                raise ConfigError("variants of a test are not available in this version")
            if name in _FIELDS:
                marks[name] = _field(name, value)
                continue
            metric = find_test_metric(name, metrics, "@pytest.mark.altax", _FIELDS)
            limits += parse_limit(metric, value, source=f"{source}: {name}={value!r}", line=line)
    with problems.at("cassette"):
        if "cassette" in marks and "cassette_scope" in marks:
            raise ConfigError("'cassette' and 'cassette_scope' name two cassettes", fix="give one of them")
    problems.stop()
    return tuple(limits), Mark(**marks)


def _field(name: str, value: Any) -> Any:
    if name == "harmful":
        return _expect(isinstance(value, bool), name, value, "True or False") and value
    if name == "cassette_scope":
        wanted = " or ".join(map(repr, CASSETTE_SCOPES))
        return _expect(value in CASSETTE_SCOPES, name, value, wanted) and value
    _expect(isinstance(value, str) and bool(value), name, value, "a text that is not empty")
    return value


def _expect(right: bool, name: str, value: Any, wanted: str) -> bool:
    if not right:
        raise ConfigError(f"{name!r} in @pytest.mark.altax is {found(value)}; {wanted} is allowed")
    return True
