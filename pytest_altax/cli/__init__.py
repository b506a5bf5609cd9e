"""The command `altax`: one module a subcommand, imported when it is called. It imports no pytest."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import ClassVar

import click

from .. import __version__
from ..errors import AltaxException

_COMMANDS = {
    "baseline": "Make a run the baseline that later ones are compared with; show it.",
    "calls": "Print what was recorded, a row a call, with the line of each token.",
    "cassettes": "Check recordings for secrets, take them out, remove what is never played.",
    "diversity": "Tell how much the answers to each prompt in a file of JSON lines differ.",
    "compare": "Print what moved between two runs, for which tests and why.",
    "explain": "Explain a metric, a line of the ledger or an error; without a name, list the metrics.",
    "history": "Print how the metrics went from run to run, and where one moved.",
    "merge": "Put the results of the shards of a CI matrix together, and judge them as one run.",
    "refusals": "Label the answers in any file of JSON lines: refusal, partial or compliance.",
}
USAGE_ERROR = 2


class Lazy(click.Group):
    """A group whose subcommands are modules of this package, imported when called, not when listed.

    `summaries` has a line for each; the module of one is called by its name, after the `prefix`.
    """

    summaries: ClassVar[Mapping[str, str]] = _COMMANDS
    prefix: ClassVar[str] = ""

    # The names of the parameters are click's, which passes them by keyword in places
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The names of the subcommands."""
        return sorted(self.summaries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The subcommand of a name, its module imported now."""
        if cmd_name not in self.summaries:
            return None
        command = importlib.import_module(f".{self.prefix}{cmd_name}", __name__).command
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of subcommands without importing one."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(self.summaries.items()))

    def invoke(self, ctx: click.Context) -> object:
        """Run the subcommand; an error of ours is its message and exit code 2."""
        try:
            return super().invoke(ctx)
        except AltaxException as error:
            click.echo(str(error), err=True)
            ctx.exit(USAGE_ERROR)


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="altax", message="%(prog)s %(version)s")
def main() -> None:
    """What alignment costs an LLM app. `pytest --altax` measures it; this explains what was measured."""
