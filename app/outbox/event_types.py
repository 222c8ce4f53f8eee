"""Every type of event there is, with the ids that it may carry: what is not here is refused.

docs/events.md lists the same; a test compares the two.
"""

from collections.abc import Set as AbstractSet
from typing import Final, NamedTuple


class EventType(NamedTuple):
    """What happened, by which ids it is told, and whether a job of the worker hears of it."""

    meaning: str
    ids: tuple[str, ...]
    heard: bool = False


class UnknownEventError(ValueError):
    """An event of no known type, or with something that its type does not carry."""


_APPLICATION = ("application_id", "candidate_id", "position_id")
_ADVICE = ("advice_id", "application_id", "candidate_id")
_FOLLOW_UP = ("follow_up_id", "candidate_id")
_MILESTONE = ("milestone_id", "follow_up_id", "candidate_id")
_ATTACHMENT = ("attachment_id", "candidate_id", "follow_up_id", "milestone_id")
_DECISION = ("shortlist_id", "candidate_id")
_MESSAGE = ("intake_message_id", "candidate_id", "follow_up_id")
# What goes with a person; shortlists stay, with a pseudonym in the person's place.
_REMOVED = (
    "candidate_id",
    "application_ids",
    "advice_ids",
    "follow_up_ids",
    "milestone_ids",
    "attachment_ids",
    "intake_message_ids",
    "shortlist_ids",
)
# What is the survivor's since a merge, and what is gone because the survivor had it already.
_MERGED = ("candidate_id", "duplicate_candidate_id", *_REMOVED[1:])
_RUN = ("shortlist_run_id", "position_id", "shortlist_id")
_PLACE = ("talent_pool_id", "candidate_id")
_POLICY = ("organization_id", "scoring_policy_version")

EVENT_TYPES: Final[dict[str, EventType]] = {
    "organization.created": EventType("The organization was founded.", ("organization_id",)),
    "organization.updated": EventType(
        "Its name or its own mail domains changed.", ("organization_id",)
    ),
    "sandbox.created": EventType("A sandbox was founded beside it.", ("organization_id",)),
    "test_clock.moved": EventType("The sandbox's clock was moved.", ("organization_id",)),
    "scoring_policy.created": EventType(
        "A version was added; it is not in force yet.", _POLICY, heard=True
    ),
    "scoring_policy.in_force": EventType("Everybody has been scored by this version.", _POLICY),
    "user.created": EventType("Somebody works here.", ("user_id",)),
    "user.updated": EventType("A user was changed, or is no longer active.", ("user_id",)),
    "api_key.created": EventType("A key was made.", ("api_key_id",)),
    "api_key.updated": EventType("A key was changed.", ("api_key_id",)),
    "api_key.revoked": EventType("A key opens nothing any more.", ("api_key_id",)),
    "rejection_reason.created": EventType(
        "A reason was added to the organization's list.", ("rejection_reason_id",)
    ),
    "custom_field.created": EventType("A field was added.", ("custom_field_id",)),
    "custom_field.updated": EventType("A field was changed or archived.", ("custom_field_id",)),
    "candidate.created": EventType("A person is remembered.", ("candidate_id",)),
    "candidate.updated": EventType(
        "Something shown of the candidate changed, also since when they wait for an answer.",
        ("candidate_id",),
    ),
    "candidate.deleted": EventType(
        "The candidate is gone, with what is named.", _REMOVED, heard=True
    ),
    "candidate.erased": EventType(
        "The candidate asked to be forgotten, and is gone with what is named.",
        _REMOVED,
        heard=True,
    ),
    "candidate.merged": EventType(
        "A duplicate was merged into the candidate, who has all that is named; read it anew.",
        _MERGED,
    ),
    "duplicate.dismissed": EventType(
        "Somebody said that two candidates are not one person.",
        ("candidate_id", "duplicate_candidate_id"),
    ),
    "duplicate.dismissal_withdrawn": EventType(
        "That two candidates are not one person was taken back.",
        ("candidate_id", "duplicate_candidate_id"),
    ),
    "consent.granted": EventType(
        "The candidate allowed something.", ("consent_id", "candidate_id")
    ),
    "consent.refused": EventType(
        "The candidate refused something.", ("consent_id", "candidate_id")
    ),
    "saved_search.created": EventType("A search was kept.", ("saved_search_id",)),
    "saved_search.updated": EventType("Its name, owner or question changed.", ("saved_search_id",)),
    "saved_search.deleted": EventType("A search is kept no longer.", ("saved_search_id",)),
    "talent_pool.created": EventType("A list of candidates was begun.", ("talent_pool_id",)),
    "talent_pool.updated": EventType("Its name or description changed.", ("talent_pool_id",)),
    "talent_pool.deleted": EventType("The list is gone; its candidates stay.", ("talent_pool_id",)),
    "talent_pool.candidate_added": EventType("A candidate was put into the list.", _PLACE),
    "talent_pool.candidate_removed": EventType("A candidate was taken out of the list.", _PLACE),
    "position.created": EventType("A position was written down, as a draft.", ("position_id",)),
    "position.updated": EventType("What the position says changed.", ("position_id",)),
    "position.opened": EventType("The position is open.", ("position_id",)),
    "position.held": EventType("The position is on hold.", ("position_id",)),
    "position.reopened": EventType("The position is open again.", ("position_id",)),
    "position.filled": EventType("All seats are filled.", ("position_id",)),
    "position.closed": EventType("The position is closed.", ("position_id",)),
    "position.openings_added": EventType(
        "The position has more seats.", ("position_id", "opening_ids")
    ),
    "application.created": EventType("A candidate tries at a position.", _APPLICATION),
    "application.updated": EventType("What is known of the application changed.", _APPLICATION),
    "application.rejected": EventType(
        "The application was turned down.", (*_APPLICATION, "rejection_id")
    ),
    "application.unrejected": EventType(
        "The rejection was taken back.", (*_APPLICATION, "rejection_id")
    ),
    "application.hired": EventType(
        "The application fills an opening.", (*_APPLICATION, "opening_id")
    ),
    "application.unhired": EventType("The hire was taken back.", (*_APPLICATION, "opening_id")),
    "application.withdrawn": EventType("The candidate withdrew, maybe from a hire.", _APPLICATION),
    "application.offer_declined": EventType("The candidate declined our offer.", _APPLICATION),
    "advice.given": EventType(
        "Advice was given, at a rejection or later.",
        ("application_id", "candidate_id", "rejection_id", "advice_ids"),
    ),
    "advice.updated": EventType("Somebody changed a piece of advice or set its state.", _ADVICE),
    "advice.moved": EventType("Its state followed from what the candidate did.", _ADVICE),
    "follow_up.recorded": EventType(
        "A contact with a candidate was recorded.", (*_FOLLOW_UP, "milestone_ids")
    ),
    "follow_up.updated": EventType(
        "A follow-up was corrected or completed.", (*_FOLLOW_UP, "milestone_ids")
    ),
    "follow_up.deleted": EventType(
        "A follow-up was taken away, with its milestones.", (*_FOLLOW_UP, "milestone_ids")
    ),
    "follow_up.reassigned": EventType(
        "It was another candidate's all along, with all that hangs on it.",
        (*_FOLLOW_UP, "from_candidate_id", "milestone_ids", "attachment_ids"),
    ),
    "milestone.reported": EventType(
        "A milestone was added, or is merely reported again.", _MILESTONE
    ),
    "milestone.updated": EventType("What was noted of a milestone was corrected.", _MILESTONE),
    "milestone.confirmed": EventType("Somebody confirmed a milestone.", _MILESTONE),
    "milestone.refuted": EventType("Somebody refuted a milestone.", _MILESTONE),
    "attachment.created": EventType("A file was attached.", _ATTACHMENT),
    "attachment.deleted": EventType("An attachment was taken away.", _ATTACHMENT, heard=True),
    "shortlist.ready": EventType(
        "A shortlist was made and waits to be read.", ("shortlist_id", "position_id")
    ),
    "shortlist.superseded": EventType(
        "Another shortlist was made in its place.",
        ("shortlist_id", "position_id", "superseded_by_id"),
    ),
    "shortlist.invited": EventType("Somebody decided to invite a candidate.", _DECISION),
    "shortlist.passed_over": EventType("Somebody decided to pass a candidate over.", _DECISION),
    "shortlist.decision_withdrawn": EventType("A decision was taken back.", _DECISION),
    "shortlist_run.created": EventType(
        "The worker is to rank or count everybody, at past clocks.", _RUN, heard=True
    ),
    "shortlist_run.restarted": EventType(
        "Somebody who stood in the run was removed; it begins anew.", _RUN, heard=True
    ),
    "shortlist_run.done": EventType("Everybody was ranked or counted.", _RUN),
    "shortlist_run.failed": EventType("The run was given up; it says why.", _RUN),
    "intake_message.unassigned": EventType(
        "A message came of which nobody knows whose it is.", _MESSAGE
    ),
    "intake_message.kept": EventType(
        "A message was noted that is no follow-up: a machine's, or our own.", _MESSAGE
    ),
    "intake_message.assigned": EventType("A message that waited became a follow-up.", _MESSAGE),
    "intake_message.discarded": EventType("A message that waited is nobody's.", _MESSAGE),
}
HEARD: Final = frozenset(name for name, kind in EVENT_TYPES.items() if kind.heard)


def refuse_unknown(event: str, ids: AbstractSet[str]) -> None:
    """Raise UnknownEventError for what others could not understand."""
    kind = EVENT_TYPES.get(event)
    if kind is None:
        message = f"{event} is no type of event: app/outbox/event_types.py lists them"
        raise UnknownEventError(message)
    unknown = ids - set(kind.ids)
    if unknown:
        message = f"{event} does not carry {sorted(unknown)}"
        raise UnknownEventError(message)
