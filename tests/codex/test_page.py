"""The page of a fleet."""

import base64
import hashlib
import re
from html.parser import HTMLParser

from codex.audit.fleet_model import Campaign, FleetAudit, OpenCount
from codex.report.fleet import StatusRow, WaiverRow
from codex.report.fleet_audit_page import fleet_audit_page
from codex.report.fleet_page import fleet_page
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
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.scripts += tag == "script"
        self.headings += [tag] if re.fullmatch("h[1-6]", tag) else []
        self.events += [key for key, _ in attrs if key.startswith("on")]
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        self.links += [value or "" for key, value in attrs if key in ("href", "src")]
        if tag not in ("meta", "link", "br", "input", "col"):
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


def test_one_table_has_every_repository_those_that_need_a_person_first() -> None:
    rows = [
        StatusRow(
            repository="a", outcome="in-sync", version="2.0.0", adopted="2.0.0", since="2026-11-20T10:00:00+00:00"
        ),
        StatusRow(
            repository="b",
            outcome="open",
            version="2.0.0",
            request="https://h/b/-/merge_requests/12",
            reason="waits to be merged",
            opened="2026-11-01",
            owner="t",
            wave="pilots",
            url="https://h/b",
            files=("update AGENTS.md",),
            file_count=3,
        ),
        StatusRow(
            repository="c", outcome="declined", version="2.0.0", adopted="1.0.0", reason="closed <b>by</b> a person"
        ),
        StatusRow(repository="d", outcome="failed", reason="no"),
        StatusRow(repository="e", orphan=True),
    ]
    fleet = read(rows)
    table = fleet.rows[next(n for n, row in enumerate(fleet.rows) if row[:2] == ["Repository", "Status"]) + 1 :]
    assert [row[:7] for row in table] == [
        ["d", "!failed", "none", "", "", "", ""],
        ["c", "\N{MULTIPLICATION SIGN}declined", "1.0.0 \N{RIGHTWARDS ARROW} 2.0.0", "", "", "", ""],
        ["b", "\N{BLACK CIRCLE}open", "none \N{RIGHTWARDS ARROW} 2.0.0", "t", "pilots", "23", "!12"],
        ["e (orphan)", "?not evaluated", "none", "", "", "", ""],
        ["a", "\N{CHECK MARK}in-sync", "2.0.0", "", "", "4", ""],
    ]
    why = table[2][7]
    assert "waits to be merged" in why and "3 files change:update AGENTS.mdand 2 more" in why
    assert fleet.links == [
        "https://h/b",
        "https://h/b/-/merge_requests/12",
        "https://h/b/-/merge_requests/12/diffs",
    ]
    assert fleet.events == []


def test_adoption_is_shown_by_version_owner_wave_and_day() -> None:
    rows = [
        StatusRow(
            repository=f"r{n}",
            outcome="in-sync" if n < 3 else "open",
            owner="a" if n < 2 else "b",
            wave="early" if n else "pilots",
            version="10.0.0",
            adopted="10.0.0" if n < 3 else "9.0.0",
            request="" if n < 3 else "https://h/x/pull/1",
            since=f"2026-11-{10 + n}T00:00:00+00:00",
        )
        for n in range(4)
    ]
    text = [row for row in read(rows).rows if row]
    assert [row for row in text if row[0] in ("10.0.0", "9.0.0")][:2] == [
        ["10.0.0", "75.0 %", "3", "1"],
        ["9.0.0", "25.0 %", "1", "0"],
    ]
    assert [row for row in text if len(row) == 5 and row[0] in ("a", "b")] == [
        ["a", "100 %", "2", "0", "0"],
        ["b", "50 %", "2", "1", "0"],
    ]
    days = [row for row in text if row[0].startswith("2026-11-")]
    assert days == [["2026-11-10", "1", "25.0 %"], ["2026-11-11", "2", "50.0 %"], ["2026-11-12", "3", "75.0 %"]]
    page = fleet_page(rows, title="C", day="2026-11-24", templates=templates(), waves=("pilots", "early"))
    assert page.index(">pilots<") < page.index(">early<")


def test_the_policy_of_the_page_allows_its_own_script_alone() -> None:
    text = fleet_page([StatusRow(repository="a")], title="C", day="2026-11-24", templates=templates())
    [script] = re.findall(r"<script>(.*?)</script>", text, flags=re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'" in text
    assert "innerHTML" not in script


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
    assert set(fleet.links) == {inert.address(f"https://h/{HOSTILE}")}
    assert not fleet.tags & {"img", "iframe", "link"}
    assert fleet.scripts == 1
    assert fleet.events == []
    assert sum(HOSTILE in row[0] for row in fleet.rows) >= 9


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


def test_all_repositories_are_in_the_table_and_waivers_are_cut_with_a_note() -> None:
    waivers = (WaiverRow(rule="S-1", owner="@x", expires="2026-11-23"),)
    rows = [StatusRow(repository=f"r{n:03}", outcome="declined", reason="no", waivers=waivers) for n in range(80)]
    text = fleet_page(rows, title="C", day="2026-11-24", templates=templates())
    assert "and 30 more: <code>codexc sync status --waivers</code>" in text
    assert "2026-11-23 (expired)" in text
    assert text.count('<tr class="declined">') == 80


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
