"""The protocol of a provider module: which requests are its own, and what a call of it says."""

from __future__ import annotations

from typing import Protocol

from ..records import Call, Interaction, Request


class Provider(Protocol):
    """One wire format. Adding one is one module and one line of the registry, or the hook `pytest_altax_providers`.

    `name` is the provider's name in reports, such as `openai`. `claims` must be cheap: it looks at method, host and
    path, and where these tell too little at a header or a word of the body. `read` never raises on what a server
    sent: what it cannot read it leaves out, with the text in `Call.error`. Usage is made inclusive here (cached
    within input, reasoning within output).
    """

    name: str

    def claims(self, request: Request) -> bool:
        """Whether this request is one of the provider's calls."""
        ...

    def read(self, interaction: Interaction) -> Call:
        """The call that an interaction is; its response may be absent (a failure, or a request still to be matched)."""
        ...
