"""Finds the demands in the review of an incident: requirements, lessons and action items.

Such reviews are not written with the keywords of BCP 14. `must` and `should` in lower case count, unless the sentence
describes what happened. Below a heading for actions or lessons, a sentence that starts with a verb is a SHOULD. Each
level is only a proposal, which a person confirms before the rule is in force.
"""

import re
from typing import Final

from codex.distill.sentences import MAX_PLACES, DemandReader, LeftOut, Reading, shown
from skills_build.diagnostics import Span
from skills_build.model.standard import Level
from skills_build.source.document import Document, Inline
from skills_build.source.levels import LevelWord, read_levels

_ACTIONS: Final = re.compile(
    r"\b(?:actions?|action items|follow[- ]?ups?|lessons?|learn(?:ed|t|ings?)|remediations?|corrective|prevent\w*"
    r"|next steps|recommendations?|improvements?|takeaways?|to[- ]?dos?|what we (?:will|are going to) (?:do|change))\b",
    re.IGNORECASE,
)
"""Headings of sections with actions or lessons."""
_HAPPENED: Final = re.compile(
    r"(?:must|should|shall)(?:n['’]t)?(?:\s+(?:\w+ly|not|never|also|always))?(?:\s+have|['’]ve)"
    r"(?:\s+(?:\w+ly|never|also|always))?\s+(?:\w+ed|been|had|done|seen|made|known|caught|run|sent|set|taken|gone|given"
    r"|got|gotten|kept|found|told|shown|written|brought|built|held|led|left|lost|read|shut|thrown|put|come)\b",
    re.IGNORECASE,
)
"""`should have failed` describes what happened and is not a demand; `must have a limit` is one."""
_MODALS: Final = ("must", "should", "shall")
_BOX: Final = re.compile(r"\[[ xX]\]\s+")
_OWNER: Final = re.compile(r"(?:@[\w./-]+|\*\*[^*]{1,40}\*\*|[A-Z][\w-]{1,20})\s*:\s+(?:\*\*\s*)?")
"""The person or team in front of an action: `@alice: `, `**Platform:** `."""
_PLAN: Final = re.compile(r"(?:we|teams|you)\s+(?:need to|have to|want to|will|plan to|are going to)\s+", re.IGNORECASE)
_NOT: Final = re.compile(r"(?:never|do not|don['’]t)\s+", re.IGNORECASE)
_ALWAYS: Final = re.compile(r"always\s+", re.IGNORECASE)
_VERB: Final = re.compile(r"[A-Za-z-]+")
_FEWEST: Final = 4
"""In a section with actions, a text with fewer words is an owner, a date or a status."""
VERBS: Final = re.compile(
    r"add|adopt|alert|allow|apply|ask|assign|audit|automate|avoid|back|backup|block|build|"
    r"bump|cap|capture|catch|change|check|clean|configure|confirm|cover|create|cut|decouple|"
    r"define|delete|deny|deploy|deprecate|detect|disable|document|drain|drop|emit|enable|"
    r"encrypt|enforce|ensure|escalate|establish|expire|expose|extend|fail|filter|fix|freeze|"
    r"gate|give|grant|guard|handle|harden|have|hide|implement|improve|include|increase|inform|"
    r"inspect|install|instrument|introduce|investigate|isolate|keep|limit|lock|log|lower|"
    r"maintain|make|mandate|mark|measure|migrate|mock|monitor|move|notify|page|pin|plan|"
    r"prefer|prevent|probe|protect|prove|provide|provision|publish|raise|rate|read|record|"
    r"reduce|refuse|reject|release|remove|rename|replace|replicate|report|require|reserve|"
    r"restore|restrict|retry|return|review|rewrite|roll|rotate|run|scan|schedule|send|"
    r"separate|serve|set|shard|share|ship|show|shut|simplify|size|split|stage|stop|store|"
    r"subscribe|supply|switch|tag|take|tell|test|throttle|time|track|train|treat|trigger|"
    r"tune|turn|update|upgrade|use|validate|verify|version|warn|watch|wrap|write"
)
"""Verbs with which an action starts."""


def read_incident(document: Document) -> Reading:
    """Read the demands of the review of an incident, in its order."""
    return _IncidentReader(document).read()


class _IncidentReader(DemandReader):
    def plain_sentence(self, text: str, plain: str, span: Span, inline: Inline) -> None:
        """Read a sentence without a keyword in upper case."""
        words = [word for word in read_levels(text, plain, any_case=True) if word.word.lower().startswith(_MODALS)]
        if words:
            self._modal(text, words, (span, inline))
        elif self._is_action():
            self._action(text, (span, inline))

    def _is_action(self) -> bool:
        return any(_ACTIONS.search(title) for _, title in self.above)

    def _modal(self, text: str, words: list[LevelWord], place: tuple[Span, Inline]) -> None:
        word, level = words[0], words[0].level
        if level is None:
            self._leave(text, place[0], f"`{word.word}` {word.doubt}")
        elif _HAPPENED.match(text, word.start):
            self._leave(text, place[0], "the sentence describes what happened: write what must be done in future")
        elif text.rstrip().endswith("?"):
            self._leave(text, place[0], "the sentence is a question")
        else:
            stated = f"{_unboxed(text[: word.start])}{level.value}{text[word.end :]}"
            self.add(text, level, place, levels=len(words), stated=stated)

    def _action(self, text: str, place: tuple[Span, Inline]) -> None:
        words = _unboxed(text)
        plan = _PLAN.match(words)
        words = words[plan.end() :] if plan else words
        negative = _NOT.match(words)
        always = None if negative else _ALWAYS.match(words)
        start = negative or always
        rest = words[start.end() :] if start else words
        verb = _VERB.match(rest)
        if verb is None or not VERBS.fullmatch(verb[0].lower()) or text.rstrip().endswith("?"):
            if len(text.split()) >= _FEWEST:
                self._leave(text, place[0], "no requirement was found: write `must` or `should`, or start with a verb")
            return
        level = Level.SHOULD_NOT if negative else Level.SHOULD
        stated = f"Teams {level} {'always ' if always else ''}{verb[0].lower()}{rest[verb.end() :]}"
        self.add(text, level, place, stated=stated)

    def _leave(self, text: str, span: Span, why: str) -> None:
        if len(self.left_out) < MAX_PLACES:
            self.left_out.append(LeftOut(line=span.line, text=shown(text), why=why))


def _unboxed(text: str) -> str:
    """Return a text without its check box and the person who acts."""
    box = _BOX.match(text)
    rest = text[box.end() :] if box else text
    owner = _OWNER.match(rest)
    return rest[owner.end() :] if owner else rest
