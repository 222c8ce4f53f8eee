"""Bytes to characters, whatever the message says about its charset."""

import codecs
import re

from charset_normalizer import from_bytes

_SAMPLE = 8_000
"""Bytes the charset is guessed from: enough to tell, little enough to stay quick."""

_MAX_LABEL = 40
_FEW = 4
"""Bytes beyond ASCII with which a guess begins; fewer are an accent in a Western text."""
_ASCII = bytes(range(128))
_IN_USE = [
    *("cp1252", "koi8_r", "cp1251", "gb18030", "big5", "cp932", "euc_jp", "cp949", "iso8859_2"),
    *("iso8859_5", "iso8859_7", "cp1254", "cp1255", "cp1256", "cp874"),
]
"""Charsets that unlabelled mail is written in; among all that exist, short texts guess wrong."""
_WIDER = {
    # The label on the left is in practice used for its superset on the right.
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "big5": "cp950",
    "iso8859-9": "cp1254",
}
_ALIASES = {
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "x-gbk": "gb18030",
    "x-sjis": "cp932",
    "x-mac-roman": "mac_roman",
    "cp-850": "cp850",
    "iso-8859-8-i": "iso8859-8",
    "windows-874": "cp874",
    "ansi_x3.110-1983": "cp1252",
}
_NOT_FOR_MAIL = frozenset(
    {"idna", "mbcs", "oem", "punycode", "raw-unicode-escape", "unicode-escape", "undefined"}
)
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
_LINE_ENDS = re.compile("\r\n|[\r\x0c\u2028\u2029]")
_C1 = {
    code: bytes((code,)).decode("cp1252", "ignore") for code in range(0x80, 0xA0)
}  # what a Western label means by these, as browsers read them
_SPACES = re.compile("[\xa0\u2007\u202f]")


def known_codec(label: str) -> str | None:
    """Python's name for a charset label, or None if it names no charset of text."""
    label = label.strip().strip("\"'").lower()
    label = _ALIASES.get(label, label)
    if not label or not label.isascii() or "\x00" in label or len(label) > _MAX_LABEL:
        return None
    try:
        codec = codecs.lookup(label)
        b"x".decode(codec.name, "replace")  # refused for what is no charset, as base64
    except (LookupError, ValueError):
        return None
    return None if codec.name in _NOT_FOR_MAIL else codec.name


def decode_text(data: bytes, declared: str = "") -> str:
    """The characters of `data`, as well as can be told; never raises.

    A strict decoding by the declared charset wins, except that bytes beyond ASCII under a Western
    label, or none, are UTF-8 if they are valid UTF-8: text in another charset practically never is.
    """
    codec = known_codec(declared)
    for candidate in _candidates(data, codec):
        try:
            return clean_text(data.decode(candidate))
        except (UnicodeError, ValueError):
            continue
    fallback = codec or "utf-8"
    try:
        return clean_text(data.decode(fallback, errors="replace"))
    except (UnicodeError, ValueError):
        return clean_text(data.decode("latin-1"))


def _candidates(data: bytes, codec: str | None) -> list[str]:
    if b"\x1b$" in data and codec in (None, "ascii", "utf-8"):
        return ["iso2022_jp_2", "iso2022_kr", "utf-8"]
    if data.isascii() and codec in (None, "ascii", "utf-8"):
        return ["ascii"]
    if codec == "utf-8":
        return ["utf-8", *([] if _is_damaged_utf8(data) else _guessed(data))]
    if codec is None or codec == "ascii":
        return ["utf-8", *_guessed(data)]
    if codec.startswith("iso2022"):
        return [codec, "iso2022_jp_2", "iso2022_jp_ext"]
    if codec in ("iso8859-1", "cp1252"):
        return ["utf-8", "cp1252", "latin-1"]
    return [_WIDER.get(codec, codec), "utf-8", *_guessed(data)]


def _is_damaged_utf8(data: bytes) -> bool:
    """Whether it is UTF-8 after all, with a byte lost here and there, and not another charset."""
    beyond_ascii = len(data.translate(None, _ASCII))
    return data.decode("utf-8", errors="replace").count("\ufffd") * 4 < beyond_ascii


def _guessed(data: bytes) -> list[str]:
    sample = data[:_SAMPLE]
    if len(sample.translate(None, _ASCII)) < _FEW:
        return ["cp1252"]
    best = from_bytes(sample, cp_isolation=_IN_USE).best()
    guesses = [] if best is None else [best.encoding]
    return [*guesses, "cp1252"]


def clean_text(text: str) -> str:
    """Without control characters and lone surrogates; one kind of line end, one kind of space."""
    text = _LINE_ENDS.sub("\n", text.translate(_C1))
    return _CONTROLS.sub("", _SPACES.sub(" ", text))


def one_line(text: str) -> str:
    """Cleaned, on one line, every run of blanks a single space."""
    return " ".join(clean_text(text).split())
