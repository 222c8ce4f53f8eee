"""What a candidate is found by of their follow-ups."""

from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.models.candidate import Candidate
from app.models.follow_up import FollowUp
from app.search.actions import index_text
from app.search.rules.terms import Source, Text, follow_up_text


def index_follow_up(session: Session, row: FollowUp, *, new: bool = False) -> None:
    """Let the candidate, who is locked, be found by a follow-up as it is now; `new`: first time.

    By its subject, its body and its milestones; not by the note that is kept beside it.
    """
    candidate = session.get_one(Candidate, (organization_of(session), row.candidate_id))
    milestones = (part for one in row.milestones for part in (one.title, one.quote))
    text = follow_up_text(row.subject, row.body, milestones)
    index_text(
        session,
        Text(Source.FOLLOW_UP, row.id, candidate.id, candidate.full_name, text, row.occurred_at),
        new=new,
    )
