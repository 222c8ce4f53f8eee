"""The full-text index."""

import typer
from rich.progress import Progress

from app.cli.asking import InOrganization, err, opened, organization_named, out
from app.search.jobs import count_candidates, index_everyone

search = typer.Typer(help="The index that `GET /v1/candidates?q=` reads.", no_args_is_help=True)


@search.command()
def rebuild(organization: InOrganization = None) -> None:
    """Index every candidate anew, beside a running service.

    Wanted once after the migration that brought the index, and after a bulk load past the service.
    """
    with opened() as database:
        organization_id = organization_named(database, organization)
        done = 0
        with Progress(console=err) as progress:
            total = count_candidates(database, organization_id)
            bar = progress.add_task("Candidates", total=total)
            for indexed in index_everyone(database, organization_id):
                done += indexed
                progress.advance(bar, indexed)
        out.print(f"{done} candidates can be found.")
