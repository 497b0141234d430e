"""Finds text that looks like a rule but is not read as one, so that no rule is lost silently.

Code blocks quote rules, so they are not searched. A text with the id of an existing rule only cites it; the ids
are complete only after all files have been read, so a lint reports the result.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from skills_build.diagnostics import Span
from skills_build.model.non_rules import NearMiss
from skills_build.model.standard import Form, Level, Rule
from skills_build.source.candidates import Candidate
from skills_build.source.dialect import LABELS
from skills_build.source.document import Block, Inline
from skills_build.source.emphasis import emphasis_of
from skills_build.source.id_marks import FoundId, IdForms, find_id, id_alone, id_at_start
from skills_build.source.labels import BOLD
from skills_build.source.levels import LevelWord, is_struck_out, level_named, read_levels
from skills_build.source.outside_rules import INDENTED, Leaf, outside_rules
from skills_build.source.table_misses import table_misses
from skills_build.source.unread_items import says_verb, typed_items

_TIGHT: Final = re.compile(r"\A(?P<marks>#{1,6})(?=[^\s#\d!])")
_TAGS: Final = re.compile(r"<[^<>]*>")
_CITED: Final = ("quote", "legend", "head of a table")
"""Where a text of another document may be repeated with its id."""
_BINDING: Final = ("HTML", "alert", "admonition", "table cell", "paragraph")
"""Where a level without an id is reported, in an item or in a notice to heed."""
_ENDS_IN_BRACKETS: Final = re.compile(r"[(\[](?P<inside>[^()\[\]]{3,60})[)\]]\W{0,4}\Z")
_SHAPE: Final = "write a heading or a list item that ends with `({id})`"


_LINK: Final = re.compile(r"\[[^\[\]]{1,200}\]\([^()]{0,400}\)")
_ROW: Final = re.compile(r"<tr\b[^<>]{0,200}>.{0,4000}?</tr\s?>", re.DOTALL | re.IGNORECASE)
_CELL: Final = re.compile(r"<t[dh]\b[^<>]{0,200}>", re.IGNORECASE)
_ELEMENT_ID: Final = re.compile(r"<[A-Za-z][^<>]{0,400}?\sid\s*=\s*[\"']?(?P<id>[\w.:-]{1,60})[\"']?[^<>]{0,400}>")
_MARKUP: Final = " \t*_`\"'“”‘’()"
_EXPLAINS: Final = re.compile(r"[\s*_`\"'“”‘’)]*[:=\u2013\u2014-][\s*_`]")
"""What follows a level that a legend explains."""


_TERMS: Final = re.compile(
    r"\b(?:levels?|rules?|requirements?|mandatory|required|recommended|recommendations?|optional|keywords?|priority"
    r"|severity|obligat\w+|must-?haves?|should-?haves?|practices?|guidelines?|guidance|policy|policies|do|don't)\b",
    re.IGNORECASE,
)
"""Words that a level in brackets explains, as in `Mandatory (MUST)`; after other words it is the level of a rule."""


class NearMissFinder:
    """Finds the near-misses of one file."""

    def __init__(self, forms: IdForms | None, *, canonical: bool) -> None:
        self.forms = forms
        self._canonical = canonical

    def of_candidate(self, candidate: Candidate) -> NearMiss | None:
        """Return the near-miss of a heading or list item that does not have the form of its dialect."""
        upper = read_levels(candidate.text, candidate.plain)
        if not first_level(candidate):
            return self._titled_by_id(candidate) or self._only_with_id(candidate)
        split = self._id_below(candidate) if upper and candidate.form is Form.LIST_ITEM else None
        if split is not None or _is_contents_entry(candidate.text):
            return split
        if _is_about(candidate.text, upper) and not self._id_beside_level(candidate.text):
            return None
        text, plain = (t[candidate.start : candidate.end] for t in (candidate.inline.text, candidate.inline.plain))
        found = find_id(text, plain, self.forms, anywhere=True) if self.forms else None
        if found is not None:
            advice = found.advice
            if is_struck_out(candidate.text):
                advice = "remove the strikethrough; to withdraw the rule, write `**Withdrawn:**` and the date below it"
            elif not self._canonical:
                advice = "write the id in the dialect's format, like the other ids"
            elif found.usual:
                advice = "end the line with `({id})`, without markup in or after the id"
            written = " ".join(text[found.start : found.end].split())
            message = f"`{written}` is not read as the id of this {_name(candidate)}"
            span = candidate.inline.span(candidate.start + found.start, candidate.start + found.end)
            return NearMiss(code="CX102", message=message, span=span, id=found.written, help=advice)
        below = self._id_below(candidate) if upper else None
        if below:
            return below
        return self.without_id(candidate, upper[0]) if upper else None

    def _titled_by_id(self, candidate: Candidate) -> NearMiss | None:
        """Return the near-miss of a heading that starts with an id, with the sentence of its rule below it."""
        below = candidate.siblings[0] if candidate.siblings and candidate.form is Form.HEADING else None
        if below is None or below.inline is None or below.kind != "paragraph" or not (self.forms and self.forms.own):
            return None
        found = id_alone(candidate.text, self.forms) or id_at_start(candidate.text, candidate.plain, self.forms)
        words = read_levels(below.inline.text, below.inline.plain)
        label = BOLD.match(below.inline.text)
        if found is None or not words or (label and label[1].lower() in LABELS):
            return None
        span = candidate.inline.span(candidate.start + found.start, candidate.start + found.end)
        message = f"`{found.written}` is not read as the id of a rule, because its heading has no level"
        help_ = f"write the sentence with {words[0].word} as the heading, and end it with `({{id}})`"
        return NearMiss(code="CX102", message=message, span=span, id=found.written, help=help_, cites=True)

    def _only_with_id(self, candidate: Candidate) -> NearMiss | None:
        """Return the near-miss of a text without a level that ends with an id of its file and other marks."""
        match = re.search(r"\((?P<id>[^()\s]{1,60})\)[\s*_]{0,4}[^\w\s()]{1,12}\s*\Z", candidate.text)
        if match is None or not (self.forms and self.forms.own and re.fullmatch(self.forms.own, match["id"])):
            return None
        message = f"{_name(candidate)} has the id `{match['id']}` but no level, so it is not read as a rule"
        span = candidate.inline.span(candidate.start + match.start("id"), candidate.start + match.end("id"))
        help_ = "state what is required with MUST, MUST NOT, SHOULD, SHOULD NOT or MAY, and end the line with `({id})`"
        return NearMiss(code="CX033", message=message, span=span, id=match["id"], help=help_, cites=True)

    def _id_below(self, candidate: Candidate) -> NearMiss | None:
        """Return the near-miss of a candidate whose id is alone in the block below it."""
        block = candidate.siblings[0] if candidate.siblings else None
        found = self._id_in_block(block.inline) if block and block.inline else None
        word = first_level(candidate)
        if found is None or word is None:
            return None
        message = f"{_name(candidate)} says {word.word}, but its id `{found.written}` is in a separate block"
        span = candidate.inline.span(candidate.start + word.start, candidate.start + word.end)
        return NearMiss(code="CX101", message=message, span=span, id=found.written, help=found.advice)

    def _id_in_block(self, inline: Inline) -> FoundId | None:
        """Return the id that is alone in a block, or at the end of the rest of a sentence, which has no level."""
        if self.forms is None:
            return None
        found = id_alone(inline.text, self.forms)
        if found is None and self.forms.own and _ENDS_IN_BRACKETS.search(inline.text):
            found = None if read_levels(inline.text, inline.plain) else find_id(inline.text, inline.plain, self.forms)
        return found

    def _id_beside_level(self, text: str) -> bool:
        """Return whether brackets at the end of a text have an id next to the level: `(SVC-2, MUST)`."""
        match, forms = _ENDS_IN_BRACKETS.search(text), self.forms
        if match is None or forms is None:
            return False
        return any(id_alone(piece, forms) for piece in re.split(r"[,;|/]", match["inside"]))

    def without_id(self, candidate: Candidate, word: LevelWord | None = None) -> NearMiss:
        """Return the near-miss of a candidate that only lacks an id."""
        word = word or first_level(candidate)
        start, end = (word.start, word.end) if word else (0, len(candidate.text))
        span = candidate.inline.span(candidate.start + start, candidate.start + end)
        message = f"{_name(candidate)} says {word.word if word else 'a level'} but has no rule id"
        help_ = (
            "end the rule with an id in brackets, such as `({id})`"
            if self._canonical
            else "write the id in the dialect's format"
        )
        return NearMiss(code="CX101", message=message, span=span, help=help_)

    def malformed(self, text: str, span: Span) -> NearMiss:
        """Return the near-miss of a rule whose id does not have the form of its dialect."""
        help_ = "write `{id}`" if self._canonical else "write the id in the same format as the other ids"
        return NearMiss(code="CX102", message=f"rule id `{text}` is invalid", span=span, id=text, help=help_)

    def in_blocks(self, blocks: Sequence[Block], read: frozenset[int]) -> Iterator[NearMiss]:
        """Yield the near-misses in the blocks of a file. `read` are the lines that are read or already reported."""
        if self.forms is None:
            return
        tables = [(table, tuple(table_misses(table, self.forms, read))) for table in self._tables(blocks)]
        html = [b for top in blocks for b in top.walk() if b.kind == "html" and not read & {*_lines_of(b)}]
        elements = [miss for block in html for miss in self._with_id_of_element(block)]
        known = {line for table, misses_of_table in tables if misses_of_table for line in _lines_of(table)}
        known.update(miss.span.line for miss in elements)
        reported: set[int] = set()
        for leaf in outside_rules(blocks):
            if not any(line in read for line in _lines_of(leaf.block)):
                taken = (known, reported) if leaf.where == "table cell" else (known,)
                found = self._of_leaf(leaf)
                misses = [miss for miss in found if miss.id or not any(miss.span.line in lines for lines in taken)]
                yield from misses
                reported.update(miss.span.line for miss in misses)
        yield from elements
        for block in html:
            yield from (miss for miss in self._with_id_in_row(block) if miss.span.line not in reported)
        for _, misses_of_table in tables:
            yield from misses_of_table

    def _tables(self, blocks: Sequence[Block]) -> Iterator[Block]:
        if self._canonical:
            yield from (block for top in blocks for block in top.walk() if block.kind == "table")

    def _with_id_of_element(self, block: Block) -> Iterator[NearMiss]:
        """Yield the near-miss of each line of HTML that has a level, and an id as an attribute of its element."""
        for number, line in enumerate(block.text.split("\n"), block.first):
            tag = _ELEMENT_ID.search(line)
            if tag is None or self.forms is None:
                continue
            found, words = id_alone(tag["id"], self.forms), read_levels(line[tag.end() :])
            if found is not None and words:
                message = f"HTML says `{words[0].word}` and has the id `{tag['id']}`, but is not read as a rule"
                span = Span(number, tag.start("id") + 1, number, tag.end("id") + 1)
                yield NearMiss(code="CX033", message=message, span=span, id=found.written, help=_SHAPE)

    def _with_id_in_row(self, block: Block) -> Iterator[NearMiss]:
        """Yield the near-miss of each row of an HTML table that has a cell with an id and one with a level."""
        forms = self.forms
        assert forms is not None
        for row in _ROW.finditer(block.text):
            cells = [" ".join(_TAGS.sub(" ", cell).split()) for cell in _CELL.split(row[0])]
            found = next((id_ for cell in cells if cell and (id_ := id_alone(cell, forms))), None)
            word = next((cell for cell in cells if level_named(cell)), None)
            if found is not None and word is not None:
                line = block.first + block.text.count("\n", 0, row.start())
                message = f"HTML table row contains `{word}` and `{found.written}`, but is not read as a rule"
                span = Span(line, 1, line, 2)
                yield NearMiss(code="CX033", message=message, span=span, id=found.written, help=_SHAPE)

    def _of_leaf(self, leaf: Leaf) -> Iterator[NearMiss]:
        assert self.forms is not None
        text, plain = leaf.inline.text, leaf.inline.plain
        label = BOLD.match(text)
        if (label and label[1].lower() in LABELS) or _is_contents_entry(text):
            return
        upper = read_levels(text, plain)
        found = find_id(text, plain, self.forms, anywhere=bool(upper) and leaf.where == "list item")
        words = upper or (read_levels(text, plain, any_case=True) if found else ())
        if found is not None and words:
            miss = self._with_id(leaf, found, words[0])
            may_cite = found.within and bool(upper) and leaf.where == "list item" and not _is_about(text, upper)
            yield replace(miss, without_id=_no_id(upper[0])) if may_cite else miss
        elif upper and self._canonical and not _is_about(text, upper):
            yield from self._without_id(leaf, upper)

    def _with_id(self, leaf: Leaf, found: FoundId, word: LevelWord) -> NearMiss:
        tight = _TIGHT.match(leaf.inline.text)
        where, help_ = leaf.where, _SHAPE
        if leaf.inline.text.startswith("|"):
            where, help_ = (
                "row of a table without a delimiter row (`| --- |`)",
                "write `| --- | --- |` and so on below the column titles",
            )
        if tight:
            where, help_ = "text", f"write a space after `{tight['marks']}`, and end the line with `({{id}})`"
        elif leaf.block.kind == "heading" and leaf.block.depth == 1:
            help_ = "write the heading as `## ... ({id})`: a level 1 heading is the title"
        elif where == INDENTED:
            help_ = "remove the leading spaces, which start a code block, and end the line with `({id})`"
        elif where == "list item":
            help_ = found.advice
        elif not self._canonical:
            help_ = "write the rule in the dialect's format"
        elif where == "HTML":
            help_ = (
                "move the text outside the tags, below an empty line, and write it as a heading that ends with `({id})`"
            )
        message = f"{where} says `{word.word}` and `{found.written}`, but is not read as a rule"
        span = leaf.inline.span(found.start, found.end)
        apart = found.set_apart and leaf.where not in _CITED
        return NearMiss(
            code="CX033", message=message, span=span, id=found.written, help=help_, cites=not tight, set_apart=apart
        )

    def _without_id(self, leaf: Leaf, words: Sequence[LevelWord]) -> Iterator[NearMiss]:
        word = words[0]
        span = leaf.inline.span(word.start, word.end)
        tight = _TIGHT.match(leaf.inline.text)
        if tight and leaf.block.kind == "paragraph":
            message = f"text says `{word.word}` after `{tight['marks']}`, but is not read as a heading"
            help_ = f"write a space after `{tight['marks']}`, and end the line with `({{id}})`"
            yield NearMiss(code="CX033", message=message, span=span, help=help_)
        elif leaf.where == "list item":
            yield NearMiss(code="CX033", message=_no_id(word), span=span, help="end the item with `({id})`")
        elif leaf.where == "paragraph" and (emphasis := emphasis_of(leaf.inline.text)):
            message = f"{emphasis} paragraph says `{word.word}`, but is not read as a rule"
            yield NearMiss(code="CX033", message=message, span=span, help=_SHAPE)
        elif leaf.where in _BINDING and (leaf.binds or leaf.where == "table cell"):
            binding = next((word for word in words if _requires(leaf, word)), None)
            if binding:
                span = leaf.inline.span(binding.start, binding.end)
                message = f"{leaf.where} says `{binding.word}` but has no rule id, so it is not a rule"
                yield NearMiss(code="CX033", message=message, span=span, help=_SHAPE)
        elif leaf.where == "paragraph":
            yield from _typed(leaf.inline, words)


def _requires(leaf: Leaf, word: LevelWord) -> bool:
    """Return whether a level says what to do: not in the text of a link, and in a table, no mere permission."""
    linked = any(link.start() < word.start < link.end() for link in _LINK.finditer(leaf.inline.text))
    return says_verb(word) and not linked and (leaf.where != "table cell" or word.level is not Level.MAY)


def _typed(inline: Inline, words: Sequence[LevelWord]) -> Iterator[NearMiss]:
    """Yield the near-miss of each item that is only typed and has a level."""
    for start, end, marker in typed_items(inline.text):
        word = next((word for word in words if start <= word.start < end and says_verb(word)), None)
        if word and not _is_about(inline.text[start:end], (_moved(word, -start),)):
            message = (
                f"text after `{marker}` contains `{word.word}`, but `{marker}` does not start a list item in Markdown"
            )
            help_ = "start the item with `- ` in a separate list, and end it with `({id})`"
            yield NearMiss(code="CX033", message=message, span=inline.span(word.start, word.end), help=help_)


def _moved(word: LevelWord, by: int) -> LevelWord:
    return replace(word, start=word.start + by, end=word.end + by)


def _no_id(word: LevelWord) -> str:
    return f"list item says `{word.word}` but has no rule id, so it is not a separate rule"


def joined_headings(blocks: Sequence[Block], rules: Sequence[Rule]) -> Iterator[NearMiss]:
    """Yield the rules in headings of several lines, which a line of dashes below a paragraph makes."""
    headings = (block for top in blocks for block in top.walk() if block.kind == "heading" and block.inline)
    long = {block.first for block in headings if block.inline and "\n" in block.inline.text}
    for rule in rules:
        place = rule.mark or rule.span
        if rule.form is Form.HEADING and place.line != place.end_line and place.line in long:
            message = f"the heading of `{rule.id}` has {place.end_line - place.line + 1} lines"
            help_ = "leave an empty line above the rule's sentence, or write the sentence as `## ...`"
            yield NearMiss(code="CX033", message=message, span=place, help=help_)


def first_level(candidate: Candidate) -> LevelWord | None:
    """Return the first level of a candidate, in any case if none is in upper case."""
    upper = read_levels(candidate.text, candidate.plain)
    return next(iter(upper or read_levels(candidate.text, candidate.plain, any_case=True)), None)


def _is_about(text: str, words: Sequence[LevelWord]) -> bool:
    """Return whether a text explains its level instead of using it: `**MUST**: required`, `Why we say MUST`."""
    if len(words) != 1:
        return False
    before, after = text[: words[0].start], text[words[0].end :]
    if before.rstrip().endswith(("(", "[")) and before.strip(_MARKUP + "[") and not _TERMS.search(before):
        return False
    return bool(not before.strip(_MARKUP) and _EXPLAINS.match(after)) or not after.strip(_MARKUP + ".?!")


def _lines_of(block: Block) -> range:
    return range(block.first, block.last + 1)


def _name(candidate: Candidate) -> str:
    return candidate.form.value.replace("-", " ")


def _is_contents_entry(text: str) -> bool:
    """Return whether a text is only a link, as an entry of a table of contents, which names a rule but is not one."""
    entry = text.strip()
    entry = entry[:-1] if entry.endswith((".", ";", ",")) else entry
    return entry.startswith("[") and entry.endswith(")") and "](" in entry
