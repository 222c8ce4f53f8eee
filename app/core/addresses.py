"""The one form in which e-mail addresses are compared."""

import idna


def fold_address(address: str) -> str:
    """Return the address without white space, in lower case, its domain in ASCII if it can be.

    Applicant tracking systems send addresses with capitals, trailing blanks and even blanks inside.
    """
    folded = "".join(address.split()).strip("<>").lower()
    local, at, domain = folded.rpartition("@")
    if not at or domain.isascii():
        return folded
    try:
        # As mail programs write it now: what Python itself encodes is the rule of 2003.
        return f"{local}@{idna.encode(domain, uts46=True).decode('ascii')}"
    except (idna.IDNAError, UnicodeError):
        return folded


def fold_domain(domain: str) -> str:
    """Return a mail domain in the form that folded addresses have it; a leading @ is left out."""
    return fold_address("@" + domain.strip().removeprefix("@")).removeprefix("@")
