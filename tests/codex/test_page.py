"""The page of a fleet."""

import re
from html.parser import HTMLParser

from codex.audit.fleet_model import Campaign, FleetAudit, OpenCount
from codex.report.fleet import StatusRow, WaiverRow
from codex.report.fleet_audit_page import fleet_audit_page
from codex.report.page import fleet_page
from codex.resources import templates
from skills_build import inert


class Page(HTMLParser):
    """Reads tables, and notices what does not close."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.rows: list[list[str]] = []
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.headings: list[str] = []
        self.events: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.headings += [tag] if re.fullmatch("h[1-6]", tag) else []
        self.events += [key for key, _ in attrs if key.startswith("on")]
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


def read(rows: list[StatusRow], day: str = "2026-11-24") -> Page:
    fleet = Page()
    fleet.feed(fleet_page(rows, title="Codex <1>", day=day, templates=templates()))
    fleet.close()
    assert fleet.open == []
    return fleet


def test_a_page_with_all_kinds_of_rows() -> None:
    fleet = read(
        [
            StatusRow(
                repository="a",
                outcome="in-sync",
                version="2.0.0",
                adopted="2.0.0",
                waivers=(WaiverRow(rule="S-1", owner="@x", expires="2026-11-23"),),
            ),
            StatusRow(
                repository="b", outcome="open", version="2.0.0", request="https://h/b!1", opened="2026-11-01", owner="t"
            ),
            StatusRow(
                repository="c", outcome="opened", version="10.0.0", adopted="2.0.0", request="c!1", opened="2026-10-01"
            ),
            StatusRow(repository="d", outcome="declined", version="2.0.0", reason="closed <b>by</b> a person"),
            StatusRow(repository="e", outcome="failed", reason="no"),
            StatusRow(repository="f", waivers=(WaiverRow(rule="S-2", owner="@y", expires="2027-02-22"),)),
            StatusRow(
                repository="g",
                outcome="in-sync",
                version="2.0.0",
                adopted="2.0.0",
                waivers=(WaiverRow(rule="S-3", owner="@z", expires="2027-02-23"),),
            ),
        ]
    )
    texts = [row for row in fleet.rows if row]
    start = texts.index(["10.0.0", "0", "1", "0.0 %"])
    assert texts[start + 1 : start + 3] == [["2.0.0", "3", "1", "42.9 %"], ["none", "4", "0", "57.1 %"]]
    assert ["c", "c!1", "", "2026-10-01", "54"] in texts
    assert texts.index(["c", "c!1", "", "2026-10-01", "54"]) + 1 == texts.index(
        ["b", "https://h/b!1", "t", "2026-11-01", "23"]
    )
    assert ["d", "", "closed <b>by</b> a person"] in texts
    assert ["e", "failed", "", "no"] in texts
    assert ["a", "S-1", "@x", "2026-11-23 (expired)"] in texts
    assert ["f", "S-2", "@y", "2027-02-22"] in texts
    assert not any("S-3" in row for row in texts)
    assert fleet.links == ["https://h/b!1"]
    assert "script" not in fleet.tags
    assert fleet.headings == ["h1", *["h2"] * 6]


HOSTILE = "\"'><script src=//evil.example/x.js></script><img src=x onerror=alert(1)>&amp;"


def test_untrusted_text_never_becomes_markup() -> None:
    waiver = WaiverRow(rule=HOSTILE, owner=HOSTILE, expires="2026-11-25")
    fleet = read(
        [
            StatusRow(
                repository=HOSTILE, owner=HOSTILE, outcome=row, reason=HOSTILE, request=address, waivers=(waiver,)
            )
            for row in ("open", "declined", "failed")
            for address in (f"https://h/{HOSTILE}", "javascript:alert(1)", "data:text/html,x")
        ]
    )
    assert fleet.links == [inert.address(f"https://h/{HOSTILE}")]
    assert not fleet.tags & {"script", "img", "iframe", "link"}
    assert fleet.events == []
    assert [HOSTILE, "javascript:alert(1)", HOSTILE, "unknown", ""] in fleet.rows


def test_the_page_loads_nothing_and_supports_dark_mode_and_printing() -> None:
    text = fleet_page([StatusRow(repository="a")], title="C", day="2026-11-24", templates=templates())
    assert "default-src 'none'" in text
    assert "url(" not in text
    assert "@import" not in text
    assert "color-scheme: light dark" in text
    assert "@media print" in text


def test_a_page_without_repositories() -> None:
    fleet = read([])
    assert "table" not in fleet.tags


def test_long_tables_are_cut_with_a_note() -> None:
    rows = [StatusRow(repository=f"r{n:03}", outcome="declined", reason="no") for n in range(80)]
    text = fleet_page(rows, title="C", day="2026-11-24", templates=templates())
    assert "and 30 more" in text
    assert "r049" in text
    assert "r050" not in text


def test_a_long_campaign_shows_its_first_day_and_the_last_ones() -> None:
    burn_down = tuple(OpenCount(day=f"2026-{n // 28 + 1:02}-{n % 28 + 1:02}", open=300 - n) for n in range(300))
    campaign = Campaign(
        name="c",
        rules=("A-1",),
        until="2027-01-01",
        progress="behind",
        open=1,
        closed=2,
        unknown=0,
        burn_down=burn_down,
    )
    audit = FleetAudit(
        codex="a",
        title="Acme",
        version="1.0.0",
        codexc="1",
        as_of="2026-11-30",
        repositories=(),
        levels=(),
        rules=(),
        owners=(),
        campaigns=(campaign,),
    )
    page = Page()
    text = fleet_audit_page(audit, templates())
    page.feed(text)
    days = [row[0] for row in page.rows if row[0].startswith("2026-")]
    assert days == [burn_down[0].day, *(one.day for one in burn_down[-30:])]
    assert "and 269 more" in text
