"""The workbook's own part: its sheets in order, where each lies, and from when days count."""

from __future__ import annotations

from dataclasses import dataclass, field

from directory.actions.workbook.elements import Attributes, attribute, is_true, local, walk
from directory.actions.workbook.package import Package, Relation
from directory.domain import workbooks
from directory.domain.workbooks import WorkbookRefused

WORKSHEET = "worksheet"
USUAL_PART = "xl/workbook.xml"
USUAL_TEXTS = "xl/sharedstrings.xml"
USUAL_STYLES = "xl/styles.xml"


@dataclass(frozen=True, slots=True)
class Tab:
    """A sheet with cells, as the workbook lists it."""

    name: str
    part: str
    is_hidden: bool


@dataclass
class Book:
    """What a workbook says of itself; `texts`, `styles`: parts, empty where there is none.

    `root`: the outermost element.
    """

    root: str = ""
    tabs: list[Tab] = field(default_factory=list)
    is_1904: bool = False
    texts: str = ""
    styles: str = ""


def read_book(package: Package) -> Book:
    """Raise WorkbookRefused `workbook_not_xlsx` where there is no workbook in the package."""
    part = _find_part(package)
    relations = package.relations(part)
    book = Book(
        texts=_find_related(package, relations, "sharedstrings", USUAL_TEXTS),
        styles=_find_related(package, relations, "styles", USUAL_STYLES),
    )

    def start(name: str, attributes: Attributes) -> None:
        element = local(name)
        book.root = book.root or element
        match element:
            case "workbookPr":
                book.is_1904 = is_true(attributes.get("date1904"))
            case "sheet":
                _add_tab(book, attributes, relations)

    walk(package.chunks(part), start)
    if book.root != "workbook":
        # A document of Word, say: the same package around something else.
        raise WorkbookRefused("workbook_not_xlsx")
    return book


def _find_part(package: Package) -> str:
    for relation in package.relations().values():
        if relation.kind == "officedocument":
            part = relation.target
            break
    else:
        part = USUAL_PART
    if part not in package or not part.endswith(".xml"):
        raise WorkbookRefused("workbook_not_xlsx")
    return part


def _find_related(package: Package, relations: dict[str, Relation], kind: str, usual: str) -> str:
    for relation in relations.values():
        if relation.kind == kind:
            return relation.target
    return usual if usual in package else ""


def _add_tab(book: Book, attributes: Attributes, relations: dict[str, Relation]) -> None:
    """Take a sheet with cells; one that is a chart or a dialog is passed over."""
    name = attributes.get("name", "")
    is_hidden = attributes.get("state", "visible") != "visible"
    relation = relations.get(attribute(attributes, "id"))
    if relation is None:
        if not is_hidden:
            raise WorkbookRefused("workbook_damaged")
        # Where a hidden sheet lies does not matter.
        relation = Relation(WORKSHEET, "")
    if relation.kind == WORKSHEET:
        tab = Tab(name, relation.target, is_hidden)
        book.tabs.append(tab)
    is_long = len(name) > workbooks.MAX_CELL_TEXT
    if is_long or len(book.tabs) > workbooks.MAX_SHEETS:
        raise WorkbookRefused("workbook_too_heavy")
