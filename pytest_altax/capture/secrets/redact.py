"""What of a request and a response may be kept: headers by allow-list, URLs and bodies without their secrets.

Every request and response goes through here before anything of ours holds it, so that no secret can reach a cassette,
a result or a message. The client gets what the server sent. A secret is found by where it stands (a header, a
parameter, a named field), by having been seen in such a place, by its shape, or by a rule of the user's. What stands
for it is the same whatever the secret is, so that a request with another key finds the same recording.
"""

from __future__ import annotations

import functools
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from urllib.parse import unquote, unquote_plus, urlsplit, urlunsplit

from ...records import Headers, Request, Response
from ..coding import decode_body
from ..recording import Recording
from . import fields, frames, headers, shapes, streams
from .known import Known
from .refusal import refusal
from .rules import SecretRules
from .scan import scan
from .spans import PLACEHOLDER as PLACEHOLDER_BYTES
from .spans import Cut, Span, joined, replaced, resized

PLACEHOLDER = PLACEHOLDER_BYTES.decode()
_FORM = "application/x-www-form-urlencoded"
# In pixels and samples a shape is chance, and replacing it breaks the file.
_MEDIA = ("audio/", "font/", "image/", "video/")
_MOST_CACHED = 32
# Another whenever the same message is kept otherwise than before. 1: the first. 2: more kinds of keys, and streams.
VERSION = 2
_MOST_URLS = 256


class Redactor:
    """Takes out of requests, responses and error texts what no cassette, result or message may hold.

    One serves a whole run: it remembers the secrets that it saw. Safe to use from several threads.
    """

    def __init__(self, rules: SecretRules | None = None) -> None:
        self.rules = rules or SecretRules()
        self.known = Known()
        # how many of each kind were taken out
        self.counts: Counter[str] = Counter()
        self._clean: OrderedDict[tuple[int, Response], Response] = OrderedDict()
        self._urls: dict[tuple[int, str], str] = {}
        self._told: Headers = ()
        self._lock = threading.Lock()

    def under(self, rules: SecretRules) -> Redactor:
        """One for other rules that knows the secrets that this one saw, and the other way round."""
        other = Redactor(rules)
        other.known = self.known
        return other

    def request(self, method: str, url: str, headers_: Iterable[tuple[str, str]], body: bytes) -> Request:
        """A request as it may be kept, `headers_` and `body` as the client sends them."""
        pairs = [(name.lower(), value) for name, value in headers_]
        self._learn_headers(pairs)
        for value in url_secrets(url):
            self.known.learn(value)
        encoding = next((value for name, value in pairs if name == "content-encoding"), "")
        kind = next((value for name, value in pairs if name == "content-type"), "")
        plain = decode_body(body, encoding)
        clean = self._body(plain, kind)[0] if plain else plain
        return Request(method.upper(), self.url(url), self._kept_of_request(pairs), clean)

    def _kept_of_request(self, pairs: list[tuple[str, str]]) -> Headers:
        kept = tuple(pair for pair in pairs if pair[0] in headers.REQUEST_HEADERS)
        return kept + tuple((name, self.text(value)) for name, value in pairs if name in self._kept_too)

    def _learn_headers(self, pairs: list[tuple[str, str]]) -> None:
        """The headers of a client are mostly those of its last call."""
        told = tuple(pairs)
        if self._told != told:
            headers.learn(pairs, self.known)
            self._told = told

    @functools.cached_property
    def _kept_too(self) -> frozenset[str]:
        return self.rules.keep_headers - headers.REQUEST_HEADERS

    def headers(self, headers_: Iterable[tuple[str, str]]) -> Headers:
        """The headers of a response that may be kept, names in lower case; the others tell which values are secret."""
        pairs = [(name.lower(), value) for name, value in headers_]
        self._learn_headers(pairs)
        kept = kept_headers(pairs)
        if not self._kept_too and all(name != "location" for name, _ in kept):
            return kept
        located = tuple((name, self.text(value) if name == "location" else value) for name, value in kept)
        return located + tuple((name, self.text(value)) for name, value in pairs if name in self._kept_too)

    def response(self, response: Response) -> Response:
        """A live response as it may be kept; its headers have been through `headers`. The same one costs only once."""
        if not response.body:
            return response
        key = (self.known.version, response)
        with self._lock:
            if key in self._clean:
                return self._clean[key]
        clean = self._response(response)
        with self._lock:
            # what was learned from this very response is known by now
            self._clean[self.known.version, response] = clean
            if len(self._clean) > _MOST_CACHED:
                self._clean.popitem(last=False)
        return clean

    def _response(self, response: Response) -> Response:
        body, rounds = self._body(response.body, response.header("content-type") or "")
        if not rounds:
            return response
        chunks, gaps = response.chunks, response.gaps
        for cuts in rounds:
            chunks, gaps = resized(chunks, gaps, cuts)
        return replace(response, body=body, chunks=chunks, gaps=gaps)

    def text(self, text: str) -> str:
        """A text, such as that of an error, as it may be kept."""
        data = text.encode("utf-8", "surrogatepass")
        clean = self.body(data)
        return text if clean is data else clean.decode("utf-8", "surrogatepass")

    def url(self, url: str) -> str:
        """A URL as it may be kept."""
        key = (self.known.version, url)
        if key not in self._urls:
            if len(self._urls) > _MOST_URLS:
                self._urls = {}
            self._urls[key] = self.text(kept_url(url))
        return self._urls[key]

    def recording(self, recording: Recording) -> Recording:
        """A recording as it may be kept, with all that is known by now."""
        response = recording.response
        return replace(
            recording,
            request=self._recorded(recording.request),
            response=response and replace(self.response(response), headers=self.headers(response.headers)),
            failure=recording.failure and self.text(recording.failure),
        )

    def _recorded(self, request: Request) -> Request:
        """A request of a recording as `request` would have kept it; its body is decoded already."""
        pairs = [(name.lower(), value) for name, value in request.headers]
        self._learn_headers(pairs)
        for value in url_secrets(request.url):
            self.known.learn(value)
        gone = {name for name, _ in pairs if headers.kind_of(name) == "secret"} - self._kept_too
        self.counts.update(f"header {name!r}" for name in gone)
        body = self.body(request.body, request.header("content-type") or "")
        return replace(request, url=self.url(request.url), headers=self._kept_of_request(pairs), body=body)

    @property
    def cleaner(self) -> Callable[[Recording], Recording] | None:
        """What is to be done to recordings of others; None where there is no rule that their reader does not know."""
        return self.recording if self.rules.custom else None

    def check(self, data: bytes) -> None:
        """Look for secrets in what is to be written into a cassette. Raises CassetteError, which names their places."""
        found = scan(data, self.rules, self.known)
        if found:
            raise refusal(data, found)

    def body(self, data: bytes, kind: str = "") -> bytes:
        """A body of a content type as it may be kept, its content-encoding removed before."""
        return self._body(data, kind)[0]

    def _body(self, data: bytes, kind: str = "") -> tuple[bytes, list[list[Cut]]]:
        """A body of a content type without its secrets, and what was cut out of it."""
        if kind.startswith(frames.CONTENT_TYPE):
            return replaced(data, lambda whole: frames.find(whole, lambda payload: self._body(payload)[0]))[:2]
        clean, rounds, found = replaced(data, lambda now: self._find(now, kind))
        self.counts.update(span.kind for span in found)
        return clean, rounds

    def _find(self, data: bytes, kind: str) -> list[Span]:
        found = self._in_one_piece(data, kind)
        if kind.startswith(streams.CONTENT_TYPES) and not joined(found, data):
            return list(streams.find(data, lambda whole: self._in_one_piece(whole, "")))
        return found

    def _in_one_piece(self, data: bytes, kind: str) -> list[Span]:
        found: list[Span] = []
        if not kind.startswith(_MEDIA):
            found = [span for span in find_unknown(data, kind) if not self.rules.allows(data[span.start : span.end])]
            for span in found:
                # what stands under a secret name may come again without it
                if span.named and data[span.start : span.end] != span.by:
                    self._learn(data[span.start : span.end], kind)
        found += self.known.find(data)
        if self.rules.custom:
            found += self.rules.find(data)
        return found

    def _learn(self, value: bytes, kind: str) -> None:
        self.known.learn(value.decode("utf-8", "surrogateescape"))
        if kind.startswith(_FORM):
            self.known.learn(unquote_plus(value.decode("latin-1")))


def find_unknown(data: bytes, kind: str = "") -> list[Span]:
    """The secrets that are recognised by their names and shapes alone, in a body of a content type."""
    found = fields.find(data)
    if kind.startswith(_FORM):
        found += fields.find_form(data)
    runs = shapes.long_runs(data)
    found += shapes.find(data, runs)
    if runs:
        found += fields.find_parameters(data, runs)
    return found


def kept_headers(headers_: Iterable[tuple[str, str]]) -> Headers:
    """The headers of a response that may be kept, names in lower case. Length and encodings belong to the wire."""
    pairs = ((name.lower(), value) for name, value in headers_)
    return tuple(
        (name, kept_url(value) if name == "location" else value)
        for name, value in pairs
        if headers.is_kept_of_response(name)
    )


def kept_url(url: str) -> str:
    """A URL without user name, password and fragment, the values of its secret parameters replaced.

    Nothing else changes, not even the spelling. The placeholder is the same for every secret: another key matches too.
    """
    if "?" not in url and "@" not in url and "#" not in url:
        return url
    try:
        parts = urlsplit(url)
    except ValueError:
        # no URL that a client could call, such as http://[ in a cassette: nothing of it can be told apart
        return PLACEHOLDER
    query = "&".join(_kept_parameter(parameter) for parameter in parts.query.split("&")) if parts.query else ""
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=query, fragment=""))


def clean_url(url: str) -> str:
    """The same, also without what is recognised by its shape, such as an account in the path."""
    data = kept_url(url).encode("utf-8", "surrogatepass")
    return replaced(data, find_unknown)[0].decode("utf-8", "surrogatepass")


def _kept_parameter(parameter: str) -> str:
    name, equals, value = parameter.partition("=")
    return f"{name}={PLACEHOLDER}" if equals and value and fields.is_secret_parameter(name) else parameter


def url_secrets(url: str) -> Iterator[str]:
    """The secrets of a URL, for where they come again: its password, and the values of its secret parameters."""
    if "@" not in url and "=" not in url:
        return
    try:
        parts = urlsplit(url)
    except ValueError:
        return
    user, at, _ = parts.netloc.rpartition("@")
    if at:
        name, _, password = user.partition(":")
        yield unquote(password)
        yield f"{unquote(name)}:{unquote(password)}"
    for parameter in parts.query.split("&"):
        name, _, value = parameter.partition("=")
        if fields.is_secret_parameter(name):
            yield unquote_plus(value)
