"""HTML bodies as text, quotations marked by ">" as in plain mail.

The tree is selectolax's (an HTML5 parser); it is written out here, since the converters at hand
do not fit mail: html2text may not be shipped with this licence, inscriptis pads the cells of
layout tables to columns (120 kB of nested tables gave 2 MB) and loses text below deep nesting.
"""

import html
import re
from collections import Counter

from selectolax.lexbor import LexborHTMLParser, LexborNode

from app.intake.email.charset import clean_text

MAX_HTML = 800_000
_MAX_NESTING = 1_000
_MAX_QUOTES = 50

_UNSEEN = frozenset(
    {"head", "iframe", "noembed", "noframes", "object", "script", "select", "style", "svg"}
    | {"template", "textarea", "title"}
)
_APART = frozenset(
    {"blockquote", "dl", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "ol", "p"}
    | {"pre", "table", "ul"}
)
"""Elements with an empty line before and after."""
_LINES = frozenset(
    {"address", "article", "aside", "body", "caption", "center", "dd", "div", "dt"}
    | {"fieldset", "figure", "footer", "form", "header", "li", "main", "nav"}
    | {"section", "tbody", "tfoot", "thead", "tr"}
)
_NEVER_CLOSED = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param"}
    | {"source", "track", "wbr", "option", "p", "td", "th", "tr"}
)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]{0,30})")
_ANY_TAG = re.compile(r"<[^<>]{0,5000}>")
_HIDDEN = re.compile(r"display\s{0,5}:\s{0,5}none", re.IGNORECASE)
_BLANKS = re.compile(r"\s+")


def html_to_text(source: str) -> str:
    """What a reader of the page sees, as lines; never raises, linear in the page's size."""
    if _nesting_exceeds(source, _MAX_NESTING):
        # A tree so deep comes from no mail program, and costs the square of its depth to build.
        return clean_text(html.unescape(_ANY_TAG.sub(" ", source)))
    tree = LexborHTMLParser(source)
    top = tree.body or tree.root
    page = _Page()
    if top is not None:
        _write(top, page)
    return clean_text(page.text())


def _nesting_exceeds(source: str, limit: int) -> bool:
    depth = 0
    open_tags: Counter[str] = Counter()
    for tag in _TAG.finditer(source):
        name = tag[2].lower()
        if name in _NEVER_CLOSED or (tag[1] and not open_tags[name]):
            continue
        step = -1 if tag[1] else 1
        open_tags[name] += step
        depth += step
        if depth > limit:
            return True
    return False


class _Page:
    """Lines under construction: collapses blanks and empty lines, prefixes quoted lines."""

    def __init__(self) -> None:
        self.quotes = 0
        self.preformatted = 0
        self._lines: list[str] = []
        self._line: list[str] = []
        self._blank = False

    def write(self, text: str) -> None:
        if self.preformatted:
            first, *rest = text.split("\n")
            self._append(first)
            for line in rest:
                self.end_line(keep_empty=True)
                self._append(line)
            return
        text = _BLANKS.sub(" ", text)
        if not self._line or self._line[-1].endswith((" ", "\t")):
            text = text.lstrip(" ")
        self._append(text)

    def _append(self, text: str) -> None:
        if text:
            self._line.append(text)

    def end_line(self, *, keep_empty: bool = False) -> None:
        """Ends the line; an empty one is left out unless `keep_empty` (a line break says so)."""
        text = "".join(self._line).rstrip()
        self._line = []
        if text or keep_empty:
            self._put(text)

    def _put(self, text: str) -> None:
        prefix = ">" * min(self.quotes, _MAX_QUOTES)
        if self._blank and self._lines and self._lines[-1].strip("> "):
            self._lines.append(prefix)
        self._blank = False
        self._lines.append(f"{prefix} {text}".rstrip() if prefix else text)

    def gap(self) -> None:
        """Ends the line, and leaves one empty before whatever comes next."""
        self.end_line()
        self._blank = True

    def text(self) -> str:
        self.end_line()
        return "\n".join(self._lines)


def _write(top: LexborNode, page: _Page) -> None:
    node: LexborNode | None = top
    while node is not None:
        child = _enter(node, page)
        if child is not None:
            node = child
            continue
        node = _leave_upwards(node, top, page)


def _leave_upwards(node: LexborNode, top: LexborNode, page: _Page) -> LexborNode | None:
    while True:
        _leave(node, page)
        if node.mem_id == top.mem_id:  # == would compare the whole text of both
            return None
        following = node.next
        if following is not None:
            return following
        parent = node.parent
        if parent is None:
            return None
        node = parent


def _enter(node: LexborNode, page: _Page) -> LexborNode | None:
    """Writes what opens a node; the child to go on with, None if there is none to be seen."""
    tag = node.tag or ""
    if tag == "-text":
        page.write(node.text_content or "")
        return None
    if tag == "br":
        page.end_line(keep_empty=True)
        return None
    if not _is_seen(node, tag):
        return None
    if tag in _APART:
        page.gap()
    elif tag in _LINES:
        page.end_line()
    if tag == "blockquote":
        page.quotes += 1
    elif tag == "pre":
        page.preformatted += 1
    elif tag == "li":
        page.write("- ")
    return node.first_child


def _is_seen(node: LexborNode, tag: str) -> bool:
    if tag in _UNSEEN or tag.startswith(("-", "!")):
        return False
    style = node.attributes.get("style")
    return not (style and _HIDDEN.search(style))


def _leave(node: LexborNode, page: _Page) -> None:
    tag = node.tag or ""
    if tag in ("td", "th"):
        page.write(" ")
    if not (tag in _APART or tag in _LINES) or not _is_seen(node, tag):
        return
    if tag in _APART:
        page.gap()
    else:
        page.end_line()
    if tag == "blockquote":
        page.quotes = max(0, page.quotes - 1)
    elif tag == "pre":
        page.preformatted = max(0, page.preformatted - 1)
