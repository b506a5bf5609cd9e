"""The command `altax`: one module a subcommand, imported when it is called. It imports no pytest."""

from __future__ import annotations

import importlib

import click

from .. import __version__
from ..errors import AltaxException

_COMMANDS = {"explain": "Explain a metric or an error; without a name, list the metrics."}
USAGE_ERROR = 2


class _Lazy(click.Group):
    """A group whose subcommands are modules of this package, imported when called, not when listed."""

    # The names of the parameters are click's, which passes them by keyword in places
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        command = importlib.import_module(f".{cmd_name}", __name__).command
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(sorted(_COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except AltaxException as error:
            click.echo(str(error), err=True)
            ctx.exit(USAGE_ERROR)


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="altax", message="%(prog)s %(version)s")
def main() -> None:
    """What alignment costs an LLM app. `pytest --altax` measures it; this explains what was measured."""
