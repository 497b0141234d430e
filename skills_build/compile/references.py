"""Makes references from chunks of standards: title, facts, contents, body, and when to read them."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import count, groupby
from typing import Final

from skills_build.compile.link_index import LinkIndex
from skills_build.compile.links import JUMP, resolved_links
from skills_build.compile.names import REFERENCE_LENGTH, file_names, portable_name, suffix
from skills_build.compile.pack import FileChunk, Volume, chunks
from skills_build.compile.pieces import Piece, pieces
from skills_build.compile.prose import RuleRenderer, applicability
from skills_build.compile.tables import aligned_tables
from skills_build.diagnostics import Finding, Span
from skills_build.frozen import dataclass
from skills_build.model.bundle import ForPeople, PlacedRule, Reference, SourcePlace, TextRun
from skills_build.model.standard import Form, Standard
from skills_build.source.candidates import anchor_text, visible_text
from skills_build.source.levels import read_levels
from skills_build.source.preprocess import fenced_lines
from skills_build.source.slug import github_slug, number_duplicates

TEMPLATE_BYTES: Final = 900
"""Bytes of a reference reserved for its title, facts and the fixed text of its template."""
CONTENTS_FROM: Final = 300
"""The number of lines from which a reference of a single section has a table of contents; others always have one.

Few changes of a codex cross this limit: one that does rewrites the file, so that two branches have to be built again.
"""
_CONTENTS_SHARE: Final = 12
"""A twelfth of a file is reserved for its table of contents."""
_TITLE_NOUN: Final = re.compile(r"(?<!\s)\s++(?:standards|guidelines|rules|conventions)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceSource:
    """The input of references: the shipping rules by the path of their standard, and the link destinations."""

    rules: Mapping[str, Sequence[PlacedRule]]
    destinations: LinkIndex
    as_of: str
    without_text: frozenset[str] = frozenset()
    """Paths of the standards whose text outside rules is left out."""


def references(standards: Sequence[Standard], source: ReferenceSource, limit: int) -> tuple[Reference, ...]:
    """Pack `standards` into files of at most `limit` bytes each."""
    names = file_names(standards)
    volumes = [
        volume
        for volume in (_volume(standard, names[standard.path], source) for standard in standards)
        if volume.pieces
    ]
    room = limit - TEMPLATE_BYTES
    in_order = sorted(chunks(volumes, room - room // _CONTENTS_SHARE), key=_source_order)
    taken: set[str] = set()
    return tuple(_reference(chunk, _unique(chunk, taken), source) for chunk in in_order)


def people_pages(standards: Sequence[Standard], source: ReferenceSource, limit: int) -> ForPeople:
    """Return the pages of the rules that are only for people; the text of a standard too if all its rules are."""
    own = [standard for standard in sorted(standards, key=lambda one: one.path) if source.rules.get(standard.path)]
    rules = tuple(rule for standard in own for rule in source.rules[standard.path])
    return ForPeople(rules=rules, pages=references(own, source, limit) if own else ())


def too_long(pages: Iterable[Reference], limit: int, skill: str) -> Iterator[Finding]:
    """Yield a finding for each text that does not fit in a file of `limit` bytes."""
    for reference in pages:
        size = page_size(reference)
        if size <= limit:
            continue
        passage = reference.passages[0]
        rule = passage.rules[0] if passage.rules else None
        span = rule.span if rule else Span(passage.section.line, 1, passage.section.line, 1)
        subject = f"rule `{rule.id}`" if rule else f"section `{passage.section.title}`"
        yield Finding(
            code="CX511",
            message=f"{subject} makes `{skill}/{reference.path}` {size} bytes long (budget: {limit})",
            path=passage.standard.path,
            span=span,
            help="move long examples to a linked file, split the text, or raise `budgets.reference`",
        )


def page_size(reference: Reference) -> int:
    """Return an upper bound of the bytes of a reference's page."""
    around = (reference.title, reference.read_when, *reference.facts, *reference.contents)
    return len(reference.body.encode()) + sum(len(line.encode()) + 3 for line in around) + 160


def topic(standard: Standard) -> str:
    """Return the topic of a standard: its title without a final `standards` or the level at its start."""
    return _topic(standard.title)


@lru_cache(maxsize=1024)
def _topic(title: str) -> str:
    """Shorten a title to what it is about: without words such as "guidelines" and a level at its start."""
    title = re.sub(r"\s+", " ", visible_text(title)).strip()
    short = _TITLE_NOUN.sub("", title)
    level = next(iter(read_levels(short)), None)
    if level and level.start == 0 and level.level and not level.level.negative:
        short = short[level.end :].lstrip()
    return short or title


def _volume(standard: Standard, name: str, source: ReferenceSource) -> Volume:
    anchors = frozenset(section.anchor for section in standard.sections if section.anchor)
    renderer = RuleRenderer(standard, source.destinations, anchors)
    context = standard.status.at(source.as_of).ships and standard.path not in source.without_text
    rules = source.rules.get(standard.path, ())
    return Volume(standard=standard, slug=name, pieces=pieces(standard, rules, renderer, context=context))


def _source_order(chunk: FileChunk) -> tuple[str, int, int]:
    first = chunk.pieces[0]
    line = first.rules[0].rule.span.line if first.rules else first.section.line
    return first.standard.path, first.number, line


def _unique(chunk: FileChunk, taken: set[str]) -> str:
    """Return a file name that is not `taken`, with a suffix that does not depend on other standards."""
    wish = name = portable_name(chunk.name, max_length=REFERENCE_LENGTH)
    distinct = _distinct(chunk.pieces[0])
    while name in taken:
        name = f"{wish[: REFERENCE_LENGTH - 7].rstrip('-')}-{suffix(next(distinct))}"
    taken.add(name)
    return name


def _distinct(first: Piece) -> Iterator[str]:
    """Yield texts that tell a file from others of its name: two titles without ASCII letters have the same slug."""
    path = first.standard.path
    yield f"{path} {first.slug}"
    yield f"{path} {first.section.title}"
    yield from (f"{path} {first.section.title} {number}" for number in count(2))


def _reference(chunk: FileChunk, name: str, source: ReferenceSource) -> Reference:
    title = _title(chunk)
    body, places, runs = _body(chunk)
    sections = sum(bool(piece.rules or piece.heading) for piece in chunk.pieces)
    contents = tuple(_contents(chunk)) if sections > 1 or body.count("\n") + 12 > CONTENTS_FROM else ()
    if JUMP in body:
        body = resolved_links(body, _anchors_in(chunk, title, body, contents))
    body = aligned_tables(body)
    return Reference(
        name=name,
        title=title,
        read_when=_read_when(chunk),
        passages=tuple(piece.passage() for piece in chunk.pieces),
        facts=() if chunk.shared else (_facts(chunk.volumes[0].standard, source),),
        contents=contents,
        body=body,
        places=places,
        runs=runs,
    )


def _title(chunk: FileChunk) -> str:
    if chunk.shared:
        words = [word.replace("-", " ").replace("_", " ") for word in chunk.folder.split("/")[-3:] if word]
        return ", ".join(words).capitalize() or "Standards"
    standard = chunk.volumes[0].standard
    first = chunk.pieces[0]
    title = re.sub(r"\s+", " ", visible_text(standard.title)).strip() or standard.id
    return title if chunk.whole or first.number == 0 else f"{title}: {first.section.title}"


def _body(chunk: FileChunk) -> tuple[str, tuple[SourcePlace, ...], tuple[TextRun, ...]]:
    """Return the text of a file, and where its rules and runs of text come from; lines are counted from 0."""
    texts: list[str] = []
    places: list[SourcePlace] = []
    runs: list[TextRun] = []
    line = 0
    for path, group in groupby(chunk.pieces, key=lambda piece: piece.standard.path):
        run = list(group)
        if chunk.shared and not any(placed.rule.form is Form.DOCUMENT for placed in run[0].rules):
            volume = next(volume for volume in chunk.volumes if volume.standard.path == path)
            texts.append(f"## {visible_text(volume.standard.title)}")
            runs.append(TextRun(line=line, path=path, section=0, heading=True))
            line += 2
        for piece in run:
            places.extend(piece.places(line))
            runs.extend(piece.runs(line))
            texts.append(piece.text)
            line += piece.text.count("\n") + 2
    return "\n\n".join(texts) + "\n", tuple(places), tuple(runs)


def _contents(chunk: FileChunk) -> Iterator[str]:
    """Yield a line for each section and, below it, one for each id: new rules of two branches change other lines."""
    for piece in chunk.pieces:
        if piece.rules or piece.heading:
            yield f"- {visible_text(piece.section.title)}"
        yield from (f"  - {placed.rule.id}" for placed in piece.rules)


def _anchors_in(chunk: FileChunk, title: str, body: str, contents: Sequence[str]) -> frozenset[str]:
    """Return the anchors of the chunk's sections that lead to the same heading in this file as in the author's."""
    lines = [f"# {title}", *(["## Contents"] if contents else []), *body.split("\n")]
    headings = [
        line.lstrip("#") for line, code in zip(lines, fenced_lines(lines), strict=True) if _is_heading(line, code)
    ]
    anchors = set(
        number_duplicates(github_slug(anchor_text(resolved_links(heading, frozenset()))) for heading in headings)
    )
    own = [piece.section.anchor for piece in chunk.pieces if piece.opens and piece.heading]
    return frozenset(anchor for anchor in own if anchor in anchors and own.count(anchor) == 1)


def _is_heading(line: str, code: bool) -> bool:
    return line.startswith("#") and not code


def _read_when(chunk: FileChunk) -> str:
    if chunk.shared:
        return _listed([topic(volume.standard) for volume in chunk.volumes])
    standard = chunk.volumes[0].standard
    phrases = [re.sub(r"^\w+: ", "", phrase) for phrase in applicability(standard.scope)]
    where = "; ".join(phrase for phrase in phrases if phrase.lower() != topic(standard).lower())
    about = topic(standard) + (f" ({where})" if where else "")
    if chunk.whole:
        return about
    titles = [visible_text(piece.section.title) for piece in chunk.pieces if piece.number or piece.rules]
    return f"{about}: {_listed(list(dict.fromkeys(titles)))}" if titles else about


def _listed(titles: Sequence[str], *, max_length: int = 110) -> str:
    """Join the titles that fit with semicolons, and count the rest."""
    shown: list[str] = []
    for title in titles:
        if shown and len("; ".join([*shown, title])) > max_length:
            return f"{'; '.join(shown)} and {len(titles) - len(shown)} more"
        shown.append(title)
    return "; ".join(shown)


def _facts(standard: Standard, source: ReferenceSource) -> str:
    facts = [f"Standard: {standard.id}", f"status: {standard.status.at(source.as_of)}"]
    if standard.owner:
        facts.append(f"owner: {standard.owner}")
    if standard.reviewed:
        facts.append(f"last reviewed: {standard.reviewed}")
    if standard.source:
        facts.append(f"decided in: {standard.source}")
    url = source.destinations.url(standard.path)
    if url is not None:  # its path in the codex exists in no repository that gets the skill
        facts.append(f"source: {url}")
    return ", ".join(facts) + "."
