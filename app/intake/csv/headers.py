"""What the columns are called: as the API's fields, or as vendors and people call them."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from app.custom_fields.rules import Field

# The candidate's own columns, as they are exported.
CANDIDATE: Final = (
    "id",
    "full_name",
    "emails",
    "phones",
    "location",
    "tags",
    "competencies",
    "available_from",
    "do_not_contact",
    "relationship_owner_id",
    "external_ids",
)
# What a row may tell beside: the try, what turned it down, one follow-up.
BESIDE: Final = (
    *("first_name", "last_name", "candidate_id"),
    *("position", "position_id", "application_id", "applied_at", "furthest_stage", "is_finalist"),
    *("status", "rejected_at", "reason", "details", "decided_by", "never_reconsider"),
    *("reconsider_on", "follow_ups_invited", "keep_in_touch", "preferred_channel"),
    *("advice", *(f"advice_{number}" for number in range(1, 10))),
    *("follow_up_id", "follow_up_at", "follow_up_direction", "follow_up_channel"),
    *("follow_up_subject", "follow_up", "follow_up_advice", "milestone"),
)
FIELDS: Final = (*CANDIDATE, *BESIDE)

_ALSO: Final[Mapping[str, str]] = {
    "full_name": "name, candidate, candidate name, applicant, applicant name, bewerber, "
    "bewerbername, bewerberin, kandidat, kandidatin, vollständiger name, nom complet",
    "first_name": "firstname, given name, vorname, prenom, prénom",
    "last_name": "lastname, surname, family name, nachname, familienname, nom",
    "emails": "email, e-mail, email address, e-mail address, candidate email, mail, primary email, "
    "e-mail-adresse, mailadresse, email-adresse",
    "phones": "phone, phone number, telephone, mobile, candidate phone, telefon, "
    "telefonnummer, handy, mobil, mobiltelefon",
    "location": "city, current location, candidate location, ort, wohnort, stadt, address",
    "tags": "tag, candidate tags, labels, schlagworte",
    "competencies": "skills, competences, kompetenzen, kenntnisse",
    "available_from": "availability, available on, start availability, verfügbar ab, "
    "frühester eintritt, eintrittstermin",
    "candidate_id": "candidate number, applicant id, person id, opportunity id, profile id, "
    "bewerber-id, bewerbernummer, bewerber-nr, kandidaten-id, kandidatennummer",
    "position": "job, job title, job name, position title, role, role applied, requisition, "
    "posting, posting title, vacancy, opening, position applied for, stelle, "
    "stellenbezeichnung, stellentitel, ausschreibung",
    "position_id": "job id, requisition id, posting id, vacancy id, stellen-id, stellennummer",
    "applied_at": "applied, applied on, applied date, application date, date applied, "
    "beworben am, bewerbungsdatum, bewerbungseingang, eingangsdatum",
    "furthest_stage": "stage, current stage, last stage, interview stage",
    "is_finalist": "finalist, runner up, silver medalist",
    "status": "application status, candidate status",
    "rejected_at": "rejected, rejected on, rejection date, date rejected, disqualified at, "
    "archived at, rejected date, absage am, abgesagt am, absagedatum, datum der absage",
    "reason": "rejection reason, reject reason, archive reason, disqualification reason, "
    "grund, absagegrund, ablehnungsgrund",
    "details": "rejection details, rejection notes, rejection note",
    "decided_by": "rejected by, archived by, disqualified by, abgesagt von",
    "follow_ups_invited": "invited, invited to keep in touch",
    "keep_in_touch": "consent, may we contact, contact consent, einwilligung, "
    "kontakterlaubnis, darf kontaktiert werden",
    "advice": "feedback, advice given, rat, ratschlag, empfehlung",
    "follow_up_at": "follow up date, followed up, followed up on, contacted on, last contact, "
    "follow up on, kontakt am, letzter kontakt, gemeldet am",
    "follow_up": "follow up text, follow up note, follow up body, message, note from candidate, "
    "nachricht, rückmeldung",
    "follow_up_subject": "subject, betreff",
    "follow_up_channel": "channel, kanal",
    "follow_up_direction": "direction",
    "milestone": "achievement, progress, meilenstein, fortschritt",
}


# Before the key of a field of the organization's own, of candidates or of their tries.
OWN: Final = "custom_fields."
OWN_OF_TRIES: Final = f"application.{OWN}"


def folded(name: str) -> str:
    """Return a column's name as it is compared: lower case words joined by `_`."""
    return "_".join(re.findall(r"\w+", name.casefold().replace("_", " ")))


_FIELD_OF: Final = {
    **{folded(each): field for field, names in _ALSO.items() for each in names.split(", ")},
    **{field: field for field in FIELDS},
}


class Columns:
    """What columns may be called.

    A field of the organization's own is `custom_fields.shirt_size`, or its key or its name alone
    where that means nothing else, and one of applications `application.custom_fields.source`, or
    the same; archived ones take no values any more.
    """

    def __init__(self, fields: Iterable[Field] = (), of_tries: Iterable[Field] = ()) -> None:
        self._fields: dict[str, str] = {}
        for before, some in ((OWN, fields), (OWN_OF_TRIES, of_tries)):
            for field in some:
                for name in (before + field.key, field.key, field.name):
                    if not field.archived and folded(name):
                        self._fields.setdefault(folded(name), before + field.key)
        self._fields |= _FIELD_OF

    def field_of(self, name: str) -> str | None:
        """Return the field that a column's name means, None where it means nothing to us."""
        return self._fields.get(folded(name))

    def is_known(self, name: str) -> bool:
        """Tell whether a column's name means something."""
        return folded(name) in self._fields

    def read(self, header: Sequence[str], told: Mapping[str, str]) -> list[str | None]:
        """Return the field of each column: as told, else as its name means; its first one alone.

        `told` gives fields by column names, an empty one for a column to be passed over.
        """
        by_name = {folded(name): field and self.field_of(field) for name, field in told.items()}
        found: list[str | None] = []
        for name in header:
            field = by_name.get(folded(name), self.field_of(name)) or None
            found.append(None if field in found else field)
        return found

    def faults(self, header: Sequence[str], told: Mapping[str, str]) -> list[str]:
        """Return what is wrong with a mapping, sentence by sentence."""
        names = {folded(name) for name in header}
        return [
            *(f"{name}: no column has this name" for name in told if folded(name) not in names),
            *(why for field in told.values() if field for why in self._no_field(field)),
        ]

    def _no_field(self, told: str) -> Iterator[str]:
        if self.is_known(told):
            return
        near = difflib.get_close_matches(folded(told), self._fields, n=1)
        hint = f"; did you mean {self._fields[near[0]]}?" if near else ""
        yield f"{told}: is no field{hint}"


PLAIN: Final = Columns()


def read_mapping(texts: Iterable[str]) -> dict[str, str]:
    """Read `Full Name=full_name` and the like; one without `=` passes its column over."""
    parts = (one.rpartition("=") if "=" in one else (one, "", "") for one in texts)
    return {name.strip(): field.strip() for name, _, field in parts}
