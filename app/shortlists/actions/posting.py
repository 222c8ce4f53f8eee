"""Writing the rows of the lists: found by the place that the candidate's row keeps."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Delete, Insert, Update, bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from app.core.database import Database, Mode, organization_of
from app.models.base import table_of
from app.models.ranking import QuietPosting, RankedPosting, RankingRow
from app.organizations.queries import live_policies
from app.organizations.rules import ScoringPolicy
from app.shortlists.rules.postings import Postings, columns_of, postings_of
from app.shortlists.rules.states import CandidateState

_BATCH = 500
_ROWS = table_of(RankingRow)


class _Statements(NamedTuple):
    forget: Delete
    move: Update
    add: Insert
    columns: frozenset[str]


def _statements(model: type[RankedPosting] | type[QuietPosting]) -> _Statements:
    table = table_of(model)
    mine = (
        table.c.organization_id == bindparam("tenant"),
        table.c.policy_version == bindparam("version"),
        table.c.list.in_(bindparam("lists", expanding=True)),
        table.c.place == bindparam("stood_at"),
        table.c.alike == bindparam("was_alike"),
        table.c.candidate_id == bindparam("who"),
    )
    held = [
        column.name
        for column in table.columns
        if not column.primary_key and column.name not in {"level", "verified"}
    ]
    moved = {name: bindparam(f"new_{name}", type_=table.c[name].type) for name in held}
    return _Statements(
        delete(table).where(*mine),
        update(table)
        .where(*mine)
        .values(
            {
                **moved,
                "place": bindparam("new_place", type_=table.c.place.type),
                "alike": bindparam("new_alike", type_=table.c.alike.type),
            }
        ),
        insert(table),
        frozenset(column.name for column in table.columns),
    )


_STATEMENTS = {False: _statements(RankedPosting), True: _statements(QuietPosting)}


def post(
    session: Session, key: dict[str, Any], before: Postings | None, after: Postings | None
) -> None:
    """Make the candidate's rows of the lists from what they were; the same lists in one statement.

    `key` is that of the candidate's RankingRow, whose lock the caller holds.
    """
    if before == after:
        return
    if before is not None:
        mine = {
            "tenant": key["organization_id"],
            "version": key["policy_version"],
            "who": key["candidate_id"],
            "stood_at": before.place,
            "was_alike": before.alike,
            "lists": [name for name, _, _ in before.lists],
        }
        if after is not None and (after.quiet, after.lists) == (before.quiet, before.lists):
            statements = _STATEMENTS[after.quiet]
            held = columns_of(after.row)
            moved = {f"new_{name}": value for name, value in held.items()}
            where = {"new_place": after.place, "new_alike": after.alike}
            session.execute(statements.move, {**mine, **moved, **where})
            return
        session.execute(_STATEMENTS[before.quiet].forget, mine)
    if after is not None:
        session.execute(_STATEMENTS[after.quiet].add, posting_rows(key, after))


def posting_rows(key: dict[str, Any], posted: Postings) -> list[dict[str, Any]]:
    """Return the candidate's rows of the lists, for a table that is told by `posted.quiet`."""
    columns = _STATEMENTS[posted.quiet].columns
    held = {name: value for name, value in columns_of(posted.row).items() if name in columns}
    held |= {"place": posted.place, "alike": posted.alike}
    return [
        {**key, "list": name, "level": level, "verified": verified, **held}
        for name, level, verified in posted.lists
    ]


def forget_postings(session: Session, candidate_ids: Iterable[UUID], below: int | None) -> None:
    """Drop the candidates' rows of the lists, those of all versions or of versions below one."""
    conditions = [
        _ROWS.c.organization_id == organization_of(session),
        _ROWS.c.candidate_id.in_(candidate_ids),
    ]
    if below is not None:
        conditions.append(_ROWS.c.policy_version < below)
    columns = (_ROWS.c.organization_id, _ROWS.c.policy_version, _ROWS.c.candidate_id)
    for *values, posted in session.execute(select(*columns, _ROWS.c.posted).where(*conditions)):
        if posted:
            key = dict(zip((each.name for each in columns), values, strict=True))
            post(session, key, Postings.unpack(posted), None)


# -------------------------------------------------------------------------- what was there before


_UNPOSTED = (
    select(_ROWS.c.candidate_id, _ROWS.c.state)
    .where(
        _ROWS.c.organization_id == bindparam("organization_id"),
        _ROWS.c.policy_version == bindparam("policy_version"),
        _ROWS.c.posted.is_(None),
    )
    .order_by(_ROWS.c.candidate_id)
    .limit(_BATCH)
    .with_for_update()
)
_POSTED = (
    update(_ROWS)
    .where(
        _ROWS.c.organization_id == bindparam("tenant"),
        _ROWS.c.policy_version == bindparam("version"),
        _ROWS.c.candidate_id == bindparam("who"),
    )
    .values(posted=bindparam("told"))
)


def post_everyone(database: Database, organization_id: UUID) -> Iterator[int]:
    """Work out the places of all who have none yet; yield how many, batch by batch.

    Wanted once after the migration that brought the lists. Each batch is a transaction that no
    other write stands beside; killed and started again it goes on.
    """
    while True:
        with database.transaction(Mode.ALONE, organization_id) as session:
            done = sum(_post_some(session, policy) for policy in live_policies(session))
        if not done:
            return
        yield done


def _post_some(session: Session, policy: ScoringPolicy) -> int:
    tenant = {"organization_id": organization_of(session), "policy_version": policy.version}
    people = session.execute(_UNPOSTED, tenant).all()
    told = []
    rows: dict[bool, list[dict[str, Any]]] = {False: [], True: []}
    for candidate_id, text in people:
        posted = postings_of(CandidateState.unpack(text), policy)
        told.append(
            {
                "tenant": tenant["organization_id"],
                "version": policy.version,
                "who": candidate_id,
                "told": "" if posted is None else posted.pack(),
            }
        )
        if posted is not None:
            rows[posted.quiet] += posting_rows({**tenant, "candidate_id": candidate_id}, posted)
    for quiet, found in rows.items():
        if found:
            session.execute(_STATEMENTS[quiet].add, found)
    if told:
        session.execute(_POSTED, told)
    return len(people)
