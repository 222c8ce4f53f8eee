"""Who is asking."""

from dataclasses import dataclass
from uuid import UUID

SCOPES = ("read", "write", "admin")


@dataclass(frozen=True, slots=True)
class Actor:
    """The organization, and the user and key on whose word something is done.

    `user_id` is null for a key that belongs to no user, `api_key_id` for the command line.
    Where the key acts for another, `user_id` is that user, and `key_user_id` the key's own.
    `requests_per_minute` is the key's own limit, null where the setting's holds.
    """

    organization_id: UUID
    scope: str
    user_id: UUID | None = None
    user_name: str | None = None
    api_key_id: UUID | None = None
    api_key_name: str | None = None
    request_id: str | None = None
    requests_per_minute: int | None = None
    may_act_for_others: bool = False
    key_user_id: UUID | None = None
    on_behalf_of: bool = False

    @property
    def holder_id(self) -> UUID | None:
        """The user to whom the key belongs, whoever it acts for."""
        return self.key_user_id if self.on_behalf_of else self.user_id

    def may(self, scope: str) -> bool:
        """Tell whether the key reaches this far: read, write or admin, each with those before."""
        return SCOPES.index(self.scope) >= SCOPES.index(scope)
