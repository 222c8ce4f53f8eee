"""E-mail addresses: the one form in which they are compared."""

import re

import idna

_BLANKS = re.compile(r"[\s\x00-\x1f\x7f\u200b-\u200f\u2060\ufeff\ud800-\udfff]+")
_MAX_ADDRESS = 320
_MAX_DOMAIN = 255


def fold_address(text: str) -> str:
    """The normal form of an address: what two spellings of one mailbox have in common.

    Blanks go, inner ones too (applicant tracking systems send them), case is folded away, and a
    domain in letters of another script becomes its ASCII form where IDNA allows. The local part's
    case is folded although RFC 5321 lets it matter: no provider in use tells `Ann@` from `ann@`.
    Idempotent; a text that is no address comes back folded just the same.
    """
    folded = _BLANKS.sub("", text[: 4 * _MAX_ADDRESS])
    folded = folded.removeprefix("mailto:").strip("<>").lower()
    local, at, domain = folded.rpartition("@")
    domain = domain.rstrip(".")
    if not at:
        return folded
    return f"{local}@{_ascii_domain(domain)}"


def _ascii_domain(domain: str) -> str:
    if domain.isascii() or len(domain) > _MAX_DOMAIN:
        return domain
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return domain


def is_address(folded: str) -> bool:
    """Whether a folded text can be a mailbox: a local part and a domain around one @ at least."""
    local, _, domain = folded.rpartition("@")
    plain = not any(sign in folded for sign in '<>,;"()[]\\:')
    return bool(local) and bool(domain) and plain and len(folded) <= _MAX_ADDRESS
