"""Ranking, one candidate's place, scores, and follow-ups out of mailboxes."""

import mailbox
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape
from rich.progress import Progress, track
from rich.table import Table
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from app.cli.asking import (
    AsUser,
    InOrganization,
    as_id,
    err,
    give_up,
    named,
    opened,
    organization_named,
    out,
    sentence_of,
    system_actor,
)
from app.cli.tables import show_match, show_shortlist
from app.core.addresses import fold_address
from app.core.clock import now
from app.core.database import Database, Mode
from app.core.problems import Problem
from app.intake.email.actions import receive_message
from app.models.candidate import Candidate, CandidateEmail
from app.models.organization import ExternalId
from app.models.position import Position
from app.models.run import ShortlistRun
from app.organizations.queries import current_policy
from app.persistence_scores.queries import persistence_of
from app.shortlists.actions.running import ask_for_shortlist
from app.shortlists.jobs import work_run
from app.shortlists.queries.asking import match_now, shortlist_of
from app.shortlists.queries.kept import entries_of
from app.shortlists.queries.runs import run_of

follow_ups = typer.Typer(help="What candidates wrote.", no_args_is_help=True)

_FROM_LINE = re.compile(rb"^>(>*From )", re.MULTILINE)

WHO = "An id, address, external id or full name."

INSTANTS = ["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z"]
AsOf = Annotated[
    datetime | None,
    typer.Option(
        "--as-of",
        formats=INSTANTS,
        help="An instant with its offset: 2019-05-13T09:00Z. Default: now.",
    ),
]


def rank(
    position: Annotated[str, typer.Argument(help="Its id, title or external id.")],
    limit: Annotated[
        int, typer.Option(min=1, max=500, help="How many each section shows at most.")
    ] = 20,
    as_of: AsOf = None,
    organization: InOrganization = None,
    user: AsUser = None,
) -> None:
    """Rank the re-applicants for a position, freeze the list and print it."""
    with opened() as database:
        organization_id = organization_named(database, organization)
        with database.transaction(Mode.LIST, organization_id) as session:
            found = position_meant(session, position)
            made = ask_for_shortlist(
                session,
                system_actor(session, organization_id, user),
                found.id,
                limit=limit,
                as_of=as_of,
                at_once=database.settings.recomputed_at_once,
                later=False,
            )
        if isinstance(made, ShortlistRun):
            _work(database, made)
        with database.transaction(Mode.READ, organization_id) as session:
            is_run = isinstance(made, ShortlistRun)
            list_id = run_of(session, made.id).shortlist_id if is_run else made.id
            assert list_id is not None
            shortlist = shortlist_of(session, list_id)
            show_shortlist(out, found.title, shortlist, entries_of(session, list_id))
        out.print(f"shortlist {list_id}", style="dim")


def _work(database: Database, run: ShortlistRun) -> None:
    """Do here what a request would have left to the worker."""
    with Progress(console=err) as progress:
        bar = progress.add_task("Candidates", total=None)
        for done, total in work_run(database, run.organization_id, run.id):
            progress.update(bar, completed=done, total=total)


def match(
    position: Annotated[str, typer.Argument(help="Its id, title or external id.")],
    candidate: Annotated[str, typer.Argument(help=WHO)],
    than: Annotated[
        str | None, typer.Option(help="Another candidate: why does this one not stand above?")
    ] = None,
    organization: InOrganization = None,
) -> None:
    """Say where a candidate stands for a position now, or what keeps them out, gate by gate."""
    with opened() as database:
        organization_id = organization_named(database, organization)
        with database.transaction(Mode.READ, organization_id) as session:
            place = position_meant(session, position)
            candidate_id, _ = candidate_meant(session, candidate)
            other = None if than is None else candidate_meant(session, than)[0]
            found = match_now(session, place.id, candidate_id, than=other)
    show_match(out, found)


def persistence(
    candidate: Annotated[str, typer.Argument(help=WHO)],
    as_of: AsOf = None,
    organization: InOrganization = None,
) -> None:
    """Print a candidate's keep-in-touch record and what it is made of."""
    with opened() as database:
        organization_id = organization_named(database, organization)
        with database.transaction(Mode.READ, organization_id) as session:
            candidate_id, name = candidate_meant(session, candidate)
            found = persistence_of(session, candidate_id, as_of)
            zone = ZoneInfo(current_policy(session).time_zone)
    if found.score is None:
        out.print(f"{name}: nothing counts yet.", highlight=False, markup=False)
        return
    table = Table("period", "credit", "latest", "decay", "contribution", title=escape(name))
    for period in found.periods:
        table.add_row(
            f"{period.starts_on:%Y-%m}",
            f"{period.credit:.1f}",
            f"{period.last_at.astimezone(zone):%Y-%m-%d}",
            f"{period.decay:.6f}",
            f"{period.contribution:.6f}",
        )
    out.print(table)
    best = "-" if found.best_so_far is None else f"{found.best_so_far:.6f}"
    out.print(
        f"persistence {found.persistence:.6f} (best so far {best}), score {found.score:.1f} of 100",
        highlight=False,
    )


@follow_ups.command("import", no_args_is_help=True)
def import_follow_ups(
    source: Annotated[
        Path, typer.Argument(exists=True, help="FILE.eml, FILE.mbox, or a folder of .eml files.")
    ],
    user: Annotated[
        str,
        typer.Option(
            "--user", "-u", help="Who vouches for the messages' own dates: an address or id."
        ),
    ],
    organization: InOrganization = None,
) -> None:
    """Take messages in as follow-ups, dated by their own Date header on a user's word.

    Run again, it duplicates nothing; a message that cannot be taken stops no other.
    """
    outcomes: Counter[str] = Counter()
    with opened() as database, _messages(source) as messages:
        organization_id = organization_named(database, organization)
        with database.transaction(Mode.READ, organization_id) as session:
            actor = system_actor(session, organization_id, user)
        for name, read in track(messages, description="Importing", console=err):
            try:
                raw = read()
                with database.transaction(Mode.WRITE, organization_id) as session:
                    receipt = receive_message(session, actor, raw, received_at=now(), trusted=True)
                outcomes[receipt.outcome] += 1
            except (Problem, OSError) as error:
                outcomes["failed"] += 1
                why = sentence_of(error) if isinstance(error, Problem) else error.strerror
                err.print(f"{name}: {why}", highlight=False, markup=False)
    table = Table("outcome", "messages")
    for outcome, count in sorted(outcomes.items()):
        table.add_row(outcome.replace("_", " "), str(count))
    out.print(table)
    if outcomes["failed"]:
        raise typer.Exit(1)


@contextmanager
def _messages(source: Path) -> Iterator[list[tuple[str, Callable[[], bytes]]]]:
    """Yield each message's name and how to read it: one at a time fits into memory."""
    if source.is_dir():
        letters = sorted(one for one in source.rglob("*") if one.suffix.lower() == ".eml")
        if others := sum(one.is_file() for one in {*source.rglob("*")} - {*letters}):
            err.print(f"Files whose names do not end in .eml, left out: {others}.")
        yield [(str(file), file.read_bytes) for file in letters]
    elif _is_mailbox(source):
        with closing(mailbox.mbox(source, create=False)) as box:
            keys = list(box.iterkeys())
            yield [(f"{source}#{key}", partial(_kept_message, box, key)) for key in keys]
    else:
        yield [(str(source), source.read_bytes)]


def _kept_message(box: mailbox.mbox, key: str) -> bytes:
    """Return a message as it was before it was put into the mailbox.

    There a line that begins with "From " gets a ">" before it; left, it would read as a quotation.
    """
    return _FROM_LINE.sub(rb"\1", box.get_bytes(key))


def _is_mailbox(source: Path) -> bool:
    suffix = source.suffix.lower()
    if suffix in {".mbox", ".eml"}:
        return suffix == ".mbox"
    with source.open("rb") as file:
        return file.read(5) == b"From "


def position_meant(session: Session, wanted: str) -> Position:
    """Return the one position that is meant by an id, title or external id."""
    rows = session.scalars(
        select(Position)
        .where(
            or_(
                named(Position.title, wanted),
                Position.id.in_(_ids(session, "position", wanted)),
            )
        )
        .limit(2)
    ).all()
    if len(rows) != 1:
        give_up("Several positions have that title: use the id." if rows else "No such position.")
    return rows[0]


def candidate_meant(session: Session, wanted: str) -> tuple[UUID, str]:
    """Return the id and name of the one candidate who is meant by an id, address or name."""
    by_address = select(CandidateEmail.candidate_id).where(
        CandidateEmail.folded == fold_address(wanted)
    )
    rows = session.execute(
        select(Candidate.id, Candidate.full_name)
        .where(
            Candidate.deleted_at.is_(None),
            or_(
                named(Candidate.full_name, wanted),
                Candidate.id.in_(by_address),
                Candidate.id.in_(_ids(session, "candidate", wanted)),
            ),
        )
        .limit(2)
    ).all()
    if len(rows) != 1:
        give_up("Several candidates fit: use an id or address." if rows else "No such candidate.")
    return rows[0].id, rows[0].full_name


def _ids(session: Session, subject_type: str, wanted: str) -> list[UUID]:
    """Return the ids that a text may stand for: our own, another system's, source:type:id."""
    source, _, rest = wanted.partition(":")
    kind, _, name = rest.partition(":")
    in_full = and_(
        ExternalId.source == source, ExternalId.type == kind, ExternalId.external_id == name
    )
    found = session.scalars(
        select(ExternalId.subject_id).where(
            ExternalId.subject_type == subject_type,
            or_(ExternalId.external_id == wanted, in_full),
        )
    )
    own = as_id(wanted)
    return [*found] if own is None else [own, *found]
