"""The command line: the same verbs as over HTTP, for an operator and for scripts."""

import gc


def main() -> None:
    """Run the command that was typed."""
    # Nothing that is imported ever goes; looking through it again and again while it grows is a
    # fifth of the start.
    gc.disable()
    from app.cli.commands import app  # noqa: PLC0415

    gc.enable()
    app()
