"""A pair of request and response as vcrpy, go-vcr, Ruby's VCR and R's vcr write it, old and new spellings alike."""

from __future__ import annotations

from ....records import Response
from ...recording import Recording
from .messages import Body, Reader, body, headers, json_body
from .place import Place


def read_pair(reader: Reader, request: Place, response: Place) -> Recording:
    """The recording of a pair."""
    asked = reader.request(request, _url(request), headers(request.get("headers")), _body(request))
    return Recording(asked, _response(reader, response))


def _response(reader: Reader, place: Place) -> Response:
    status, reason = _status(place)
    return reader.response(place, status, headers(place.get("headers")), _body(place, "content"), reason)


def _url(request: Place) -> str:
    """`uri`, `url` (go-vcr), or the parts that vcrpy wrote before it had URLs."""
    if (url := request.get("uri", "url")) is not None:
        return url.text()
    if request.get("host") is None:
        raise request.refuse(f"has no uri (it has {request.shape()})")
    protocol, host, path = request.get("protocol"), request.at("host").text(), request.get("path")
    port = request.get("port")
    where = f"{host}:{port.number()}" if port else host
    return f"{protocol.text() if protocol else 'https'}://{where}{path.text() if path else '/'}"


def _status(response: Place) -> tuple[Place, str]:
    """The place of the status code, and the reason. vcrpy under httpx had `status_code`, go-vcr text and `code`."""
    if (code := response.get("status_code")) is not None:
        return code, ""
    status = response.at("status")
    if isinstance(status.value, dict):
        reason = status.get("message", "reason")
        return status.at("code", "status_code"), reason.text() if reason and isinstance(reason.value, str) else ""
    code = response.get("code")
    if code is None or not isinstance(status.value, str):
        return status, ""
    return code, status.value.removeprefix(f"{code.value}").strip()


def _body(message: Place, *more: str) -> Body:
    """Its body; `parsed_body` is what pydantic-ai keeps of JSON. A message without any has an empty one."""
    if (parsed := message.get("parsed_body")) is not None:
        return json_body(parsed)
    return body(message.get("body", *more))
