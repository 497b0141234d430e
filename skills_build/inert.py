"""Makes foreign text safe for its destination, with one function per destination in the table `DESTINATIONS`.

Foreign text comes from a repository, catalog, host, bundle or author: names, paths, reasons, errors. At its destination
it cannot leave its code span, start a line with a quick action, mention a person, close an issue, add a
trailer, hide a character, control a terminal or show a password. Changes are visible: `<U+202E>` replaces the
character, and truncated text ends in an ellipsis.

Sources: CommonMark 0.31; GitHub, "Linking a pull request to an issue", "Basic writing and formatting syntax", "Skipping
workflow runs"; GitLab, "Quick actions", "Default closing pattern", "GitLab Flavored Markdown"; the manual page
git-interpret-trailers(1).
"""

import html as markup
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final
from urllib.parse import quote, urlsplit

from skills_build.characters import visible

MAX_LENGTH: Final = 300
"""Maximum number of characters shown of a text. Longer text is truncated."""
_ELLIPSIS: Final = "\N{HORIZONTAL ELLIPSIS}"
_IN_URLS: Final = "/:?#@!$&'*+,;=%-._~"

_USER: Final = re.compile(r"(?i)(?P<scheme>[a-z][a-z0-9+.-]{0,30}://)(?P<user>[^\s/?#\"'<>`]{1,2000})@")
_ODD_USER: Final = re.compile(
    r"(?i)(?P<scheme>[a-z][a-z0-9+.-]{0,30}://)(?P<user>[^\s/?#@:\"'<>`]{1,200}:(?!\d{1,5}/)[^\s@\"'<>`]{1,400})@"
)
"""A password with an unencoded slash, question mark or number sign; a port is not a password."""

_CLOSING: Final = r"\b(?:clos|fix|resolv|implement)(?:e[sd]?|ing|s|ed|es)?"
_ISSUE_URL: Final = (
    r"https?://[^\s<>`]{0,300}?/(?:issues|pulls?|merge_requests|work_items|epics|discussions|commit)/[^\s<>`]+"
)
_KINDS: Final = "issue|epic|work_item|merge_request|vulnerability|contact|feature_flag|snippet|milestone"
_SIGIL: Final = re.compile(
    r"(?<!\w)@(?=[\w~/.-])"  # a mention, or the import of a file
    r"|[#!&](?=\d)"  # an issue, merge request or epic
    r"|(?<=\bG[HL])-(?=\d)"
    rf"|\[(?=(?:{_KINDS}):)"
    r"|\[(?=\s*(?:skip|ci|no|actions)\b)|(?<=\*\*)\*(?=NO_CI\*)|(?<=skip-checks):"
    r"|:(?=//[^\s<>`]{0,300}?/(?:issues|pulls?|merge_requests|work_items|epics|discussions|commit)/)",
    re.IGNORECASE,
)
"""The character that turns text into a reference, a pipeline instruction or the address of an issue."""
_KEY: Final = rf"{_CLOSING}:?\s+(?:issues?\s+)?(?-i:[A-Z][A-Z0-9_]{{1,100}}(?=-\d))"
"""A closing keyword and the project of a Jira key, such as `PAY` of `Closes PAY-12`, which GitLab passes to Jira."""
_CLOSED_KEY: Final = re.compile(rf"(?P<key>{_KEY})-", re.IGNORECASE)
_CLOSED: Final = re.compile(
    rf"{_KEY}|{_CLOSING}\W{{1,4}}(?:(?:issues?\s+)?[\w./-]{{0,200}}[#!]\d|g[hl]-\d|{_ISSUE_URL}|\[(?:{_KINDS}):)",
    re.IGNORECASE,
)
_MORE: Final = r"(?:[\w@#!&~./-]|:(?=//))*"
"""Text after a reference without a space belongs to it; the rest could be a reference itself."""
_REFERENCE: Final = re.compile(
    rf"{_ISSUE_URL}|(?:(?<![^\W_])@[\w~./-]|[\w./-]{{0,200}}[#!&]\d|\bG[HL]-\d|{_KEY}-\d){_MORE}"
    rf"|\[(?:{_KINDS}):[^\]\n]{{0,500}}\]",
    re.IGNORECASE,
)
_ADDRESS: Final = re.compile(rf"https?://[^\s<>`]+|www\.[^\s<>`]+|{_REFERENCE.pattern}", re.IGNORECASE)
_CODE: Final = re.compile(r"(?<![`\\])(?P<ticks>`{1,30}+)(?!`)(?P<inside>.+?)(?<!`)(?P=ticks)(?!`)")
_TOKENS: Final = re.compile(
    r"(?P<escape>\\[!-/:-@\[-`{-~]|!(?=!{0,50}\[))"
    r"|(?P<link>\[(?P<words>[^\[\]`\\<>]*)\]\((?P<target>https?://[^\s()<>`\\]+)\))"
    r"|(?P<mark>[`<\[\]])"
)
_MARKS: Final = {"!": "\\!", "`": "\\`", "<": "&lt;", "\\<": "&lt;", "[": "\\[", "]": "\\]"}
_ESCAPED: Final = re.compile(r"[\\`*\[\]<~|$]|&(?=[#\w])|(?<![^\W_])_|_(?![^\W_])")
_START: Final = re.compile(r"(?=#{1,6}(?:\s|$)|[>=~|/:]|[-+*](?:\s|$)|(?:[-*_]\s*){3,}$)")
_NUMBERED: Final = re.compile(r"(?P<digits>\d{1,9})(?=[.)](?:\s|$))")
_STATE: Final = re.compile(r"[\[(]?(?:draft|wip)(?:[\]):]| -)|fixup!|squash!|amend!|/|---", re.IGNORECASE)
"""Titles that make a merge request a draft, or a commit part of another one."""
_ITEM: Final = re.compile(r"(?P<lead> *(?:[-*+] +|#{1,6} +|\d{1,9}[.)] +)?)(?P<rest>[^\n]*)")


def redacted(text: str) -> str:
    """Remove users, passwords and tokens from the URLs in a text. The user of ssh, such as `git@`, is not a secret."""
    if "://" not in text:
        return text
    return _USER.sub(_without_user, _ODD_USER.sub(r"\g<scheme>***@", text))


def _without_user(match: re.Match[str]) -> str:
    named = "ssh" in match["scheme"].lower() and ":" not in match["user"]
    return match[0] if named else f"{match['scheme']}***@"


def cut(text: str, most: int = MAX_LENGTH) -> str:
    """Truncate a text to `most` characters with an ellipsis at the end. 0 means no limit."""
    return text if not most or len(text) <= most else f"{text[: most - 1].rstrip()}{_ELLIPSIS}"


def line(text: str, *, most: int = MAX_LENGTH) -> str:
    """Return a text on one printable line: single spaces, and code points for hidden characters."""
    return visible(cut(redacted(" ".join(text.split())), most))


def code(text: str, *, most: int = MAX_LENGTH) -> str:
    """Return a Markdown code span with exactly this text: names, paths, commands.

    Line breaks and tabs become code points. So do `<!--` and the `#` of an issue after a closing keyword, which
    programs look for in raw text.
    """
    inner = _spelled(text, most)
    longest = max((len(run) for run in re.findall("`+", inner)), default=0)
    ticks = "`" * (longest + 1)
    spaced = inner.startswith("`") or inner.endswith("`") or (inner[:1] == inner[-1:] == " " and inner.strip() != "")
    return f"{ticks} {inner} {ticks}" if spaced else f"{ticks}{inner}{ticks}"


def code_cell(text: str, *, most: int = MAX_LENGTH) -> str:
    """Return a code span for a cell of a Markdown table (GitHub Flavored Markdown 0.29, example 200)."""
    return code(text.replace("\\|", "|"), most=most).replace("|", "\\|")


def _spelled(text: str, most: int) -> str:
    shown = visible(cut(redacted(text), most)) or "<empty>"
    shown = shown.replace("<!--", "<U+003C>!--")
    return defused(shown) if _CLOSED.search(shown) else shown


def text(words: str, *, most: int = MAX_LENGTH) -> str:
    """Return text on one line of Markdown without markup, mentions, references and quick actions."""
    return _at_start(_joined(_words(line(words, most=most))))


def cell(words: str, *, most: int = MAX_LENGTH) -> str:
    """Return text for a cell of a Markdown table."""
    return text(words, most=most)


def _words(shown: str) -> Iterator[str]:
    at = 0
    for match in _ADDRESS.finditer(shown):
        yield _escaped(shown[at : match.start()])
        yield code_cell(match[0], most=0)
        at = match.end()
    yield _escaped(shown[at:])


def _escaped(words: str) -> str:
    return _ESCAPED.sub(r"\\\g<0>", words).replace("\\<", "&lt;")


def prose(words: str, *, most: int = MAX_LENGTH) -> str:
    """Return a line of an author's Markdown: code spans, emphasis and web links stay, HTML and references do not."""
    return _at_start(_joined(_prose(line(words, most=most))))


def _prose(shown: str) -> Iterator[str]:
    at = 0
    for match in _CODE.finditer(shown):
        yield from _outside(shown[at : match.start()])
        yield code(match["inside"].strip() or " ", most=0)
        at = match.end()
    yield from _outside(shown[at:])


def _outside(words: str) -> Iterator[str]:
    """Yield text outside code. `&#64;all` and `\\@all` are treated as a mention, as renderers do."""
    words = visible(markup.unescape(words)) if "&" in words else words
    words = re.sub(r"(\\\\)|\\([@#!&:/-])", lambda match: match[1] or match[2], words)
    at = 0
    for match in _TOKENS.finditer(words):
        yield from _plain(words[at : match.start()])
        if match["link"]:
            yield from _link(match)
        else:
            yield _MARKS.get(match[0], match[0])
        at = match.end()
    yield from _plain(words[at:])


def _link(match: re.Match[str]) -> Iterator[str]:
    goal = "" if _REFERENCE.search(match["target"]) else address(match["target"])
    if not goal:
        yield from _plain(match["words"])
        return
    yield f"[{_joined(_plain(match['words']))}]({goal})"


def _plain(words: str) -> Iterator[str]:
    """Yield text in which references are code spans, and backslashes and entities are literal."""
    at = 0
    for match in _REFERENCE.finditer(words):
        yield _literal(words[at : match.start()])
        yield code(match[0], most=0)
        at = match.end()
    yield _literal(words[at:])


def _literal(words: str) -> str:
    return re.sub(r"&(?=[#\w])", "&amp;", words.replace("\\", "\\\\"))


def _joined(pieces: Iterable[str]) -> str:
    """Join pieces, with a space between code spans whose marks would merge."""
    whole = ""
    for piece in pieces:
        gap = " " if piece.startswith("`") and whole.endswith("`") and not whole.endswith("\\`") else ""
        whole += gap + piece
    return whole


def _at_start(shown: str) -> str:
    """Escape the start of a line so that it is no heading, list, quote, fence, table, definition or quick action."""
    if numbered := _NUMBERED.match(shown):
        return f"{numbered['digits']}\\{shown[numbered.end() :]}"
    return f"\\{shown}" if _START.match(shown) else shown


def page(words: str) -> str:
    """Return an author's Markdown of several lines, such as release notes: each line is `prose` after its marker."""
    lines = (_ITEM.fullmatch(part) for part in words.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    return "\n".join(f"{line['lead']}{prose(line['rest'], most=2000)}".rstrip() if line else "" for line in lines)


def fenced(lines: list[str], *, lead: str = "- ", info: str = "diff", most: int = MAX_LENGTH) -> list[str]:
    """Return lines in a fence that none of them closes. `lead` keeps them from starting a line of the raw text."""
    shown_lines = [f"{lead}{_spelled(line, most)}" if line else lead.rstrip() for line in lines]
    ticks = "`" * max(3, *(len(run) + 1 for line in shown_lines for run in re.findall("`+", line) or [""]))
    return [f"{ticks}{info}", *shown_lines, ticks]


def html(words: str, *, most: int = 2000) -> str:
    """Return text for an element or a quoted attribute of an HTML page."""
    return markup.escape(visible(cut(redacted(words), most).replace("\n", " ").replace("\t", " ")), quote=True)


def address(url: str) -> str:
    """Return a URL for a link in Markdown or HTML; empty unless it is a web URL without a user."""
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return ""
    return quote(redacted(url), safe=_IN_URLS) if sound else ""


def linked(shown: str, url: str) -> str:
    """Return a Markdown link around safe text; only the text if the URL is not a web URL."""
    goal = address(url).replace("|", "%7C").replace("(", "%28").replace(")", "%29")
    return f"[{shown}]({goal})" if goal else shown


def terminal(words: str, *, most: int = 0) -> str:
    """Return text for a terminal that cannot move the cursor, colour, link, reorder, or command a pipeline.

    Runners of GitHub and Gitea read `::command::` at the start of a line of the output of a job
    (https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands), and those of GitHub and
    Azure read `##[command]` and `##vso[command]` anywhere in a line
    (https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands), and TeamCity `##teamcity[command]`
    (https://www.jetbrains.com/help/teamcity/service-messages.html).
    """
    lines = (visible(cut(redacted(part), most).replace("\t", "    "), strict=True) for part in words.split("\n"))
    return commandless("\n".join(lines))


def commandless(words: str) -> str:
    """Return text that commands no pipeline, for text that has colours or is otherwise safe for a terminal."""
    return "\n".join(_COMMAND.sub(_shown_command, line) for line in words.split("\n"))


def commandless_page(page: str) -> str:
    """Return HTML, or CSS in it, that commands no pipeline that prints it."""
    return _IN_PAGE.sub("&#35;", page)


_PIPELINE: Final = r"#(?=#(?:\[|vso|teamcity))"
_COMMAND: Final = re.compile(rf"^(?P<space>\s*):(?=:)|{_PIPELINE}", re.IGNORECASE)
_IN_PAGE: Final = re.compile(_PIPELINE, re.IGNORECASE)
_IN_JSON: Final = re.compile(rf"{_PIPELINE}|[^\n\t\x20-\x7e]", re.IGNORECASE)


def json_text(words: str) -> str:
    """Return JSON with the same values, in which no string controls a terminal or commands a pipeline.

    Control characters and hidden ones, and the `#` of a command, are written as `\\u0023`.
    """
    if words.isascii() and "##" not in words:
        return words
    return _IN_JSON.sub(_json_escape, words)


def _json_escape(match: re.Match[str]) -> str:
    character = match[0]
    if character != "#" and visible(character, strict=True) == character:
        return character
    return "\\u0023" if character == "#" else json.dumps(character)[1:-1]


def _shown_command(match: re.Match[str]) -> str:
    return f"{match['space'] or ''}<U+{ord(match[0][-1]):04X}>"


def terminal_line(words: str, *, most: int = 0) -> str:
    """Return text on one line for a terminal."""
    return terminal(" ".join(words.split()), most=most)


def defused(words: str) -> str:
    """Replace the character that makes a mention, reference or pipeline instruction by its code point."""
    return _CLOSED_KEY.sub(r"\g<key><U+002D>", _SIGIL.sub(lambda match: f"<U+{ord(match[0]):04X}>", words))


def subject(words: str, *, most: int = 200) -> str:
    """Return text for the first line of a commit message or the title of a merge request."""
    shown = defused(line(words, most=most))
    return f"\N{EM DASH} {shown}" if _STATE.match(shown) else shown


def message(words: str) -> str:
    """Return text for the body of a commit message, without trailers (`Name: value`), comments and quick actions."""
    return "\n".join(_message_line(part) for part in words.replace("\r\n", "\n").replace("\r", "\n").split("\n"))


def _message_line(words: str) -> str:
    shown = defused(visible(redacted(words.rstrip().replace("\t", " "))))
    if re.match(r"\s*(?:[#/]|---|\(cherry picked|[A-Za-z0-9-]+\s*:)", shown):
        return f"| {shown}"
    return shown


def word(words: str) -> str:
    """Return text as one word, for the value of a trailer."""
    return quote(visible(redacted(words)), safe=_IN_URLS)


def value(words: str, *, most: int = 0) -> str:
    """Return a double-quoted scalar, which is the same string in YAML and JSON (YAML 1.2.2, 1.2)."""
    return json.dumps(visible(cut(redacted(words), most), strict=True), ensure_ascii=False)


DESTINATIONS: Final[Mapping[str, Callable[[str], str]]] = {
    "markdown code span": code,
    "markdown code span in a table": code_cell,
    "markdown words": text,
    "markdown table cell": cell,
    "markdown by an author": prose,
    "markdown page by authors": page,
    "html": html,
    "link": address,
    "terminal": terminal,
    "terminal line": terminal_line,
    "commit subject": subject,
    "commit message": message,
    "trailer": word,
    "yaml or json": value,
}
