"""The page of a fleet."""

from html.parser import HTMLParser

from codex.report.fleet import Row, WaiverRow
from codex.report.page import page
from codex.workflow.build import templates


class Page(HTMLParser):
    """Reads tables, and notices what does not close."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.rows: list[list[str]] = []
        self.tags: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        self.links += [value or "" for key, value in attrs if key in ("href", "src")]
        if tag not in ("meta", "link", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "td" in self.open or "th" in self.open:
            self.rows[-1][-1] += data


def read(rows: list[Row], day: str = "2026-11-24") -> Page:
    found = Page()
    found.feed(page(rows, title="Codex <1>", day=day, templates=templates()))
    found.close()
    assert found.open == []
    return found


def test_all_that_is_known() -> None:
    found = read(
        [
            Row(
                repository="a",
                outcome="in-sync",
                version="2.0.0",
                waivers=(WaiverRow(rule="S-1", owner="@x", expires="2026-11-23"),),
            ),
            Row(
                repository="b", outcome="open", version="2.0.0", request="https://h/b!1", opened="2026-11-01", owner="t"
            ),
            Row(repository="c", outcome="opened", version="10.0.0", request="c!1", opened="2026-10-01"),
            Row(repository="d", outcome="declined", version="2.0.0", reason="closed <b>by</b> a person"),
            Row(repository="e", outcome="failed", reason="no"),
            Row(repository="f", waivers=(WaiverRow(rule="S-2", owner="@y", expires="2027-02-22"),)),
            Row(
                repository="g",
                outcome="in-sync",
                version="2.0.0",
                waivers=(WaiverRow(rule="S-3", owner="@z", expires="2027-02-23"),),
            ),
        ]
    )
    texts = [row for row in found.rows if row]
    assert ["10.0.0", "1", ""] in texts
    assert texts.index(["10.0.0", "1", ""]) < texts.index(["2.0.0", "4", ""])
    assert ["c", "c!1", "", "2026-10-01", "54"] in texts
    assert texts.index(["c", "c!1", "", "2026-10-01", "54"]) + 1 == texts.index(
        ["b", "https://h/b!1", "t", "2026-11-01", "23"]
    )
    assert ["d", "", "closed <b>by</b> a person"] in texts
    assert ["e", "failed", "", "no"] in texts
    assert ["a", "S-1", "@x", "2026-11-23"] in texts
    assert ["f", "S-2", "@y", "2027-02-22"] in texts
    assert not any("S-3" in row for row in texts)
    assert found.links == ["https://h/b!1"]
    assert "script" not in found.tags


def test_nothing_is_known() -> None:
    found = read([])
    assert "table" not in found.tags


def test_long_tables_are_cut_and_say_so() -> None:
    rows = [Row(repository=f"r{n:03}", outcome="declined", reason="no") for n in range(80)]
    text = page(rows, title="C", day="2026-11-24", templates=templates())
    assert "and 30 more" in text
    assert "r049" in text
    assert "r050" not in text
