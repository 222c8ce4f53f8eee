"""The one form in which e-mail addresses are compared."""


def fold_address(address: str) -> str:
    """Return the address without white space, in lower case, its domain in ASCII if it can be.

    Applicant tracking systems send addresses with capitals, trailing blanks and even blanks inside.
    """
    folded = "".join(address.split()).strip("<>").lower()
    local, at, domain = folded.rpartition("@")
    if not at or domain.isascii():
        return folded
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        return folded


def fold_domain(domain: str) -> str:
    """Return a mail domain in the form that folded addresses have it; a leading @ is left out."""
    return fold_address("@" + domain.strip().removeprefix("@")).removeprefix("@")
