"""Wild text in standards: whatever it is, every rule that was read is defined once, as a heading that renderers see."""

import re
import string
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from skills_build.compile.plan import make_plan
from skills_build.emit.emit import emit
from skills_build.model.config import Config
from skills_build.source.parse import parse_standard
from skills_build.source.resolve import resolve
from tests.support.compiling import DAY, canonical, schema, standard, templates

CONFIG = Config(namespace="acme", title="Acme codex")
LINES = st.one_of(
    st.sampled_from(
        [
            "```",
            "~~~~",
            "<!--",
            "-->",
            "---",
            "===",
            "# H",
            "- - x",
            "> ```",
            "<pre>",
            "<div>",
            "| a | b |",
            "| - | - |",
            "[x](y.md)",
            "[x](#part)",
            "[x]: y.md",
            "[x]",
            "![](z.png)",
            "**Why:** x",
            "{{ a }}",
            "{% b %}",
            "\t```",
            "",
        ]
    ),
    st.text(string.printable.replace("\r", "").replace("\n", "").replace("\x0b", "").replace("\x0c", ""), max_size=30),
    st.text(max_size=20).map(lambda text: re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]", "", text)),
)
BODIES = st.lists(LINES, max_size=8).map("\n".join)


@settings(max_examples=40, deadline=None)
@given(BODIES, BODIES, BODIES, BODIES)
def test_every_rule_stays_a_heading(intro: str, first: str, second: str, context: str) -> None:
    text = standard(
        f"{intro}\n\n## Part\n\n### A MUST hold (SVC-1)\n\n{first}\n\n- B SHOULD | `hold` (SVC-2)\n\n"
        f"### C MAY go (SVC-3)\n\n{second}\n\n## Other\n\n{context}"
    )
    reading = parse_standard("a.md", text.encode(), canonical(), CONFIG, schema=schema("front-matter"))
    assert reading.document is not None
    codex = resolve([reading.document.standard])
    ids = Counter(rule.id for rule in codex.standards[0].rules)
    if max(ids.values(), default=0) > 1:
        return
    plan = make_plan(codex, CONFIG, as_of=DAY)
    files = {a.path: a.data for a in emit(plan, codex, CONFIG, as_of=DAY, version="0.0.0", templates=templates())}
    pages = [data.decode() for path, data in files.items() if path.startswith("skills/acme-services/references/")]
    assert Counter(rule_id for page in pages for rule_id in headed(page)) == Counter(
        rule.rule.id for skill in plan.skills for rule in skill.rules
    )


def headed(page: str) -> list[str]:
    """The ids that end a heading which stands in no list or quote."""
    tokens = MarkdownIt("commonmark").enable("table").parse(page)
    lines = page.split("\n")
    tops = [token for token in tokens if token.type == "heading_open" and token.level == 0 and token.map]
    matches = (re.search(r"\((SVC-\d+)\)$", lines[token.map[0]]) for token in tops if token.map)
    return [match[1] for match in matches if match]
