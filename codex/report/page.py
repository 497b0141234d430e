"""Tables of HTML pages."""

from skills_build.frozen import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell: a text, optionally with a link or a bar (`share`, in percent)."""

    text: str = ""
    link: str = ""
    share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row of a table; `late` rows are highlighted."""

    cells: tuple[Cell, ...]
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table. `numbers` are the indexes of numeric columns, `none` the text if there are no rows, `more` the number
    of rows left out. `dense`: many narrow columns, such as a matrix."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[Line, ...]
    none: str
    numbers: tuple[int, ...] = ()
    more: int = 0
    dense: bool = False
