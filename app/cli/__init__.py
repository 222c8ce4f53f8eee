"""The command line: the same verbs as over HTTP, for an operator and for scripts."""

from app.cli.commands import app


def main() -> None:
    """Run the command that was typed."""
    app()


__all__ = ["app", "main"]
