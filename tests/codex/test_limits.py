"""The table of limits in the documentation is that of the code, and each limit has a reason."""

import ast
import re
from itertools import pairwise

from codex import limits
from tests.support.data import ROOT


def test_the_documented_limits_are_those_of_the_code() -> None:
    body = ast.parse((ROOT / "codex" / "limits.py").read_text(encoding="utf-8")).body
    expected = []
    for one, after in pairwise(body):
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name):
            assert isinstance(after, ast.Expr), f"{one.target.id} has no reason"
            reason = " ".join(str(ast.literal_eval(after.value)).split())
            expected.append((one.target.id, float(getattr(limits, one.target.id)), reason))
    rows = re.findall(
        r"^\| `(\w+)` \| ([\d,]+) \| (.+) \|$", (ROOT / "docs" / "limits.md").read_text("utf-8"), re.MULTILINE
    )
    assert [(name, float(value.replace(",", "")), why) for name, value, why in rows] == expected
    assert len(expected) > 10
