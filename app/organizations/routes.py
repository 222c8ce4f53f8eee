"""The addresses of organizations, users, keys, reasons and scoring policies."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from app.core.paging import ListFilters, RootPage, link_next
from app.core.problems import Conflict, Forbidden, NotFound, StaleVersion, responses
from app.core.schema import Line
from app.entry.asking import Administering, Asked, Inspecting, Reading, Reorganizing, Writing
from app.entry.routing import Route
from app.external_ids.queries import external_ids_of
from app.models.organization import User
from app.organizations import actions, queries
from app.organizations.schemas import (
    ApiKeyCreate,
    ApiKeyCreated,
    ApiKeyRead,
    ApiKeyUpdate,
    MeRead,
    OrganizationRead,
    OrganizationUpdate,
    RejectionReasonCreate,
    RejectionReasonRead,
    ScoringPolicyCreate,
    ScoringPolicyRead,
    UserCreate,
    UserFilters,
    UserRead,
    UserUpdate,
    api_key_created,
    api_key_read,
    me_read,
    organization_read,
    rejection_reason_read,
    scoring_policy_read,
    user_read,
)
from app.tombstones.queries import page_of_roots

router = APIRouter(prefix="/v1", tags=["organizations"], route_class=Route)
Version = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("/me")
def read_me(ask: Reading) -> MeRead:
    """Tell who is asking: the organization, the user, the key."""
    user_id = ask.actor.user_id
    return me_read(
        ask.actor,
        queries.bound_organization(ask.session),
        queries.current_policy(ask.session).time_zone,
        queries.find_user(ask.session, user_id) if user_id else None,
    )


def _user(ask: Asked, row: User) -> UserRead:
    return user_read(queries.user_view(row, external_ids_of(ask.session, [row.id])[row.id]))


@router.get("/organization")
def read_organization(ask: Reading, response: Response) -> OrganizationRead:
    """Return the key's organization."""
    organization = queries.bound_organization(ask.session)
    response.headers["ETag"] = f'"{organization.version}"'
    return organization_read(organization)


@router.patch("/organization", responses=responses(Forbidden, StaleVersion))
def update_organization(
    ask: Administering, body: OrganizationUpdate, response: Response
) -> OrganizationRead:
    """Change the organization's name or its own mail domains."""
    organization = actions.update_organization(
        ask.session,
        ask.actor,
        **body.model_dump(exclude_unset=True),
        expected_version=ask.expected_version(),
    )
    response.headers["ETag"] = f'"{organization.version}"'
    return organization_read(queries.bound_organization(ask.session))


# -------------------------------------------------------------------------------------------- users


@router.get("/users")
def list_users(
    ask: Reading, response: Response, asked: Annotated[UserFilters, Query()]
) -> RootPage[UserRead]:
    """List users, in the order in which they were created unless told otherwise."""
    wanted = asked.wanted()
    statement = queries.users(ask.actor.organization_id, **wanted)
    rows = page_of_roots(ask.session, statement, queries.PEOPLE, asked, wanted, kind="user")
    link_next(ask.request, response, rows.next_cursor)
    return rows.page([user_read(row) for row in queries.user_views(ask.session, rows.ids)])


@router.post("/users", status_code=201, responses=responses(Forbidden, Conflict))
def create_user(ask: Administering, body: UserCreate, response: Response) -> UserRead:
    """Create a user; an address or external id that another has is a conflict."""
    user = actions.create_user(ask.session, ask.actor, **body.told())
    response.headers["Location"] = f"/v1/users/{user.id}"
    response.headers["ETag"] = f'"{user.version}"'
    return _user(ask, user)


@router.get("/users/{user_id}", responses=responses(NotFound))
def read_user(ask: Reading, user_id: UUID, response: Response) -> UserRead:
    """Return a user."""
    user = queries.find_user(ask.session, user_id)
    response.headers["ETag"] = f'"{user.version}"'
    return user_read(user)


@router.patch("/users/{user_id}", responses=responses(Forbidden, NotFound, Conflict, StaleVersion))
def update_user(
    ask: Administering, user_id: UUID, body: UserUpdate, response: Response
) -> UserRead:
    """Change a user. The keys of one who is no longer active open nothing from then on."""
    user = actions.update_user(
        ask.session,
        ask.actor,
        user_id,
        **body.told(),
        expected_version=ask.expected_version(),
    )
    response.headers["ETag"] = f'"{user.version}"'
    return _user(ask, user)


# --------------------------------------------------------------------------------------------- keys


@router.get("/api-keys", responses=responses(Forbidden))
def list_api_keys(
    ask: Inspecting,
    response: Response,
    asked: ListFilters,
) -> RootPage[ApiKeyRead]:
    """List keys, newest first, expired and revoked ones too, or what has changed of them."""
    rows = queries.api_key_page(ask.session, asked)
    link_next(ask.request, response, rows.next_cursor)
    return rows.page([api_key_read(key) for (key,) in rows.items])


@router.post("/api-keys", status_code=201, responses=responses(Forbidden))
def create_api_key(ask: Administering, body: ApiKeyCreate, response: Response) -> ApiKeyCreated:
    """Create a key. This answer alone shows it."""
    ask.keeps_a_secret()
    row, shown = actions.create_api_key(ask.session, ask.actor, **body.model_dump())
    response.headers["Location"] = f"/v1/api-keys/{row.id}"
    response.headers["ETag"] = f'"{row.version}"'
    return api_key_created(row, shown)


@router.get("/api-keys/{api_key_id}", responses=responses(Forbidden, NotFound))
def read_api_key(ask: Inspecting, api_key_id: UUID, response: Response) -> ApiKeyRead:
    """Return a key, without its secret."""
    row = queries.find_api_key(ask.session, api_key_id)
    response.headers["ETag"] = f'"{row.version}"'
    return api_key_read(row)


@router.patch(
    "/api-keys/{api_key_id}", responses=responses(Forbidden, NotFound, Conflict, StaleVersion)
)
def update_api_key(
    ask: Administering, api_key_id: UUID, body: ApiKeyUpdate, response: Response
) -> ApiKeyRead:
    """Change a key, from its next request on: its secret and whose it is stay.

    A revoked one is not changed, nor is the last with which anybody may administer made a lesser
    one: both are conflicts.
    """
    row = actions.update_api_key(
        ask.session,
        ask.actor,
        api_key_id,
        body.model_dump(exclude_unset=True),
        expected_version=ask.expected_version(),
    )
    response.headers["ETag"] = f'"{row.version}"'
    return api_key_read(row)


@router.delete(
    "/api-keys/{api_key_id}",
    status_code=204,
    responses=responses(Forbidden, NotFound, Conflict, StaleVersion),
)
def revoke_api_key(ask: Administering, api_key_id: UUID) -> None:
    """Revoke a key at once and for good; a second time changes nothing.

    The last key with which anybody may administer is not revoked: that is a conflict.
    """
    expected = ask.expected_version()
    actions.revoke_api_key(ask.session, ask.actor, api_key_id, expected_version=expected)


# ------------------------------------------------------------------------------------------ reasons


@router.get("/rejection-reasons")
def list_rejection_reasons(
    ask: Reading,
    response: Response,
    *,
    asked: ListFilters,
    name: Annotated[Line | None, Query(description="The reason's name, exactly.")] = None,
) -> RootPage[RejectionReasonRead]:
    """List the organization's reasons in the order in which they were added."""
    rows = queries.rejection_reason_page(ask.session, asked, name=name)
    link_next(ask.request, response, rows.next_cursor)
    return rows.page([rejection_reason_read(reason) for (reason,) in rows.items])


@router.post("/rejection-reasons", status_code=201, responses=responses(Forbidden, Conflict))
def create_rejection_reason(
    ask: Writing, body: RejectionReasonCreate, response: Response
) -> RejectionReasonRead:
    """Add a reason to the organization's list; a name that is on it is a conflict."""
    reason = actions.create_rejection_reason(
        ask.session,
        ask.actor,
        name=body.name,
        reason_type=body.type,
        never_reconsider=body.never_reconsider,
    )
    response.headers["Location"] = f"/v1/rejection-reasons/{reason.id}"
    return rejection_reason_read(reason)


@router.get("/rejection-reasons/{rejection_reason_id}", responses=responses(NotFound))
def read_rejection_reason(ask: Reading, rejection_reason_id: UUID) -> RejectionReasonRead:
    """Return one reason of the organization's list."""
    return rejection_reason_read(queries.find_rejection_reason(ask.session, rejection_reason_id))


# ------------------------------------------------------------------------------------------ scoring


@router.get("/scoring-policies")
def list_scoring_policies(
    ask: Reading,
    response: Response,
    asked: ListFilters,
) -> RootPage[ScoringPolicyRead]:
    """List the versions of the scoring policy, newest first, or which were added or scored."""
    rows = queries.policy_version_page(ask.session, asked)
    link_next(ask.request, response, rows.next_cursor)
    return rows.page([scoring_policy_read(row) for (row,) in rows.items])


@router.post("/scoring-policies", status_code=201, responses=responses(Forbidden))
def create_scoring_policy(
    ask: Reorganizing, body: ScoringPolicyCreate, response: Response
) -> ScoringPolicyRead:
    """Add a version: the newest with these fields changed. It comes into force once all are scored.

    Until then `scored_at` is null, and scores and shortlists go by the version before.
    """
    row = actions.create_policy_version(ask.session, ask.actor, body.model_dump(exclude_unset=True))
    response.headers["Location"] = f"/v1/scoring-policies/{row.version}"
    return scoring_policy_read(row)


@router.get("/scoring-policies/{version}", responses=responses(NotFound))
def read_scoring_policy(ask: Reading, version: Version) -> ScoringPolicyRead:
    """Return one version of the scoring policy."""
    return scoring_policy_read(queries.find_policy_version(ask.session, version))
