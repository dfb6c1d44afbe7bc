"""What a PDF declares and holds inside, against PDF/A-2a and PDF/UA-1, read by pikepdf.

veraPDF, which judges the whole of both standards, is in none of the registries this project may
use (PyPI, npm and Debian were asked), so what the standards ask of a document like ours is looked up
here, clause by clause, on the file's own objects. What must not go here: how pages look.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary

PDFA, PDFUA = "{http://www.aiim.org/pdfa/ns/id/}", "{http://www.aiim.org/pdfua/ns/id/}"
TITLE = "{http://purl.org/dc/elements/1.1/}title"
STANDARD_ROLES = frozenset(
    [
        "/Document",
        "/Part",
        "/Sect",
        "/Div",
        "/Art",
        "/BlockQuote",
        "/Caption",
        "/TOC",
        "/TOCI",
        "/Index",
        "/P",
        "/H1",
        "/H2",
        "/H3",
        "/H4",
        "/H5",
        "/H6",
        "/L",
        "/LI",
        "/Lbl",
        "/LBody",
        "/Table",
        "/TR",
        "/TH",
        "/TD",
        "/THead",
        "/TBody",
        "/TFoot",
        "/Span",
        "/Quote",
        "/Note",
        "/Reference",
        "/Link",
        "/Annot",
        "/Figure",
        "/Formula",
        "/Form",
        "/NonStruct",
        "/Private",
    ]
)
FORBIDDEN = (
    "/JavaScript",
    "/JS",
    "/Launch",
    "/EmbeddedFiles",
    "/AA",
    "/OpenAction",
    "/XFA",
    "/URI",
)


class Tagged:
    """One file: its objects, its tree of tags, and which tag each piece of a page belongs to."""

    def __init__(self, pdf: bytes) -> None:
        self.file = pikepdf.open(io.BytesIO(pdf))
        self.root = self.file.Root

    @cached_property
    def elements(self) -> list[tuple[str, Any]]:
        """Every element of the structure tree with its role, in reading order."""
        return list(elements_of(self.root.StructTreeRoot.K))

    @cached_property
    def parents(self) -> dict[int, Any]:
        """What the parent tree says: the elements of a page's pieces, or of one annotation."""
        return dict(_numbers(self.root.StructTreeRoot.ParentTree))

    def ends(self) -> list[tuple[str, ...]]:
        """For each page the roles, innermost first, of the last piece of content on it."""
        held = []
        for page in self.file.pages:
            pieces = self.parents[int(page.StructParents)] if "/StructParents" in page else []
            element = pieces[len(pieces) - 1] if len(pieces) else None
            held.append(tuple(_roles_up(element)))
        return held


def faults(pdf: bytes) -> list[str]:
    """Everything found against what PDF/A-2a and PDF/UA-1 ask, as sentences."""
    one = Tagged(pdf)
    return [
        fault
        for check in (_declared, _sealed, _fonts, _colours, _structure, _pages, _tables, _figures,
                      _headings, _reading)
        for fault in check(one)
    ]  # fmt: skip


def _declared(one: Tagged) -> Iterator[str]:
    with one.file.open_metadata(set_pikepdf_as_editor=False) as metadata:
        held = (metadata.get(f"{PDFA}part"), metadata.get(f"{PDFA}conformance"))
        if held != ("2", "A"):
            yield f"declares PDF/A {held}, not 2a"
        if metadata.get(f"{PDFUA}part") != "1":
            yield "does not declare PDF/UA-1"
        if not metadata.get(TITLE):
            yield "has no title in its metadata"
    intents = [it for it in one.root.get("/OutputIntents", ()) if it.S == "/GTS_PDFA1"]
    profiles = [it.DestOutputProfile for it in intents if "/DestOutputProfile" in it]
    if len(profiles) != 1 or profiles[0].read_bytes()[36:40] != b"acsp":
        yield "has no output intent with an ICC profile"


def _sealed(one: Tagged) -> Iterator[str]:
    if one.file.is_encrypted:
        yield "is encrypted"
    if not one.file.trailer.get("/ID"):
        yield "has no file identifier"
    for held in one.file.objects:
        if isinstance(held, Dictionary | pikepdf.Stream):
            yield from (f"holds {name}" for name in FORBIDDEN if name in held)
            if isinstance(held, pikepdf.Stream) and "/F" in held:
                yield "keeps a stream in another file"
            if held.get("/Filter") == "/LZWDecode":
                yield "is packed by LZW"


def _fonts(one: Tagged) -> Iterator[str]:
    for held in one.file.objects:
        if not isinstance(held, Dictionary) or held.get("/Type") != "/Font":
            continue
        name = str(held.get("/BaseFont"))
        if held.Subtype == "/Type0" and "/ToUnicode" not in held:
            yield f"{name} does not say which characters its glyphs are"
        if "/DescendantFonts" not in held:
            descriptor = held.get("/FontDescriptor", {})
            if not {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor):
                yield f"{name} is not embedded"


def _colours(one: Tagged) -> Iterator[str]:
    """Transparency needs a page group with a colour space; plain device colours an intent."""
    for number, page in enumerate(one.file.pages, 1):
        states = page.Resources.get("/ExtGState", {})
        seen = any(
            state.get("/ca", 1) != 1 or state.get("/CA", 1) != 1 or "/SMask" in state
            for state in (states[name] for name in states)
        )
        group = page.get("/Group", {})
        if (seen or group) and "/CS" not in group:
            yield f"page {number} is transparent without a colour space"


def _structure(one: Tagged) -> Iterator[str]:
    root = one.root
    if root.get("/MarkInfo", {}).get("/Marked") is not True or root.MarkInfo.get("/Suspects"):
        yield "is not marked as tagged"
    if not re.fullmatch(r"(en|hi)-IN", str(root.get("/Lang", ""))):
        yield f"is in the language {root.get('/Lang')}"
    if root.get("/ViewerPreferences", {}).get("/DisplayDocTitle") is not True:
        yield "shows its file name instead of its title"
    roles = root.StructTreeRoot.get("/RoleMap", {})
    for role in {role for role, _ in one.elements}:
        if role not in STANDARD_ROLES and roles.get(role) not in STANDARD_ROLES:
            yield f"{role} is no role a reader knows"
    outlines = root.get("/Outlines", {})
    if not int(outlines.get("/Count", 0)):
        yield "has no bookmarks"


def _pages(one: Tagged) -> Iterator[str]:
    """All content belongs to a tag or is marked as no content; links stand in the tree as well."""
    for number, page in enumerate(one.file.pages, 1):
        if page.get("/Tabs") != "/S":
            yield f"page {number} is not read in the order of its structure"
        marked, unmarked = _marked(page)
        if unmarked:
            yield f"page {number} paints {unmarked} times outside any mark"
        held = one.parents.get(int(page.get("/StructParents", -1)), ())
        if marked and {*range(len(held))} != marked:
            yield f"page {number} has pieces that belong to no tag"
        for annotation in page.get("/Annots", ()):
            if int(annotation.get("/StructParent", -1)) not in one.parents:
                yield f"page {number} has a link outside the structure"
            if not annotation.get("/Contents"):
                yield f"page {number} has a link that does not say where it leads"


_PAINTS = frozenset(
    ("Tj", "TJ", "'", '"', "f", "F", "f*", "S", "s", "B", "B*", "b", "b*", "Do", "sh")
)


def _marked(page: pikepdf.Page) -> tuple[set[int], int]:
    """The numbers of a page's marked pieces, and how often it paints outside all marks."""
    depth, unmarked, numbers = 0, 0, set()
    for operands, operator in pikepdf.parse_content_stream(page):
        match str(operator):
            case "BDC" | "BMC":
                depth += 1
                if len(operands) > 1 and "/MCID" in operands[1]:
                    numbers.add(int(operands[1].MCID))
            case "EMC":
                depth -= 1
            case name if name in _PAINTS and depth == 0:
                unmarked += 1
    return numbers, unmarked


def _tables(one: Tagged) -> Iterator[str]:
    for role, element in one.elements:
        if role == "/THead":
            cells = [
                (kind, cell) for kind, cell in elements_of(element.K) if kind in ("/TH", "/TD")
            ]
            if not cells or any(kind == "/TD" for kind, _ in cells):
                yield "a table's head has a cell that is no head"
            yield from (
                "a head does not say for what it stands" for _, cell in cells if not _scope(cell)
            )
        if role == "/Table":
            kinds = {kind for kind, _ in elements_of(element.K)}
            if not {"/TH", "/TD", "/TR"} <= kinds:
                yield f"a table has only {sorted(kinds)}"


def _scope(cell: Any) -> bool:
    attributes = cell.get("/A", ())
    held = attributes if isinstance(attributes, Array) else [attributes]
    return any("/Scope" in one for one in held)


def _figures(one: Tagged) -> Iterator[str]:
    for role, element in one.elements:
        if role in ("/Figure", "/Formula") and len(str(element.get("/Alt", ""))) < 20:
            yield f"a figure says only {str(element.get('/Alt', ''))!r}"


def _headings(one: Tagged) -> Iterator[str]:
    levels = [int(role[2:]) for role, _ in one.elements if re.fullmatch(r"/H[1-6]", role)]
    if not levels or levels[0] != 1:
        yield "does not begin with a heading of the first level"
    for before, after in pairwise(levels):
        if after > before + 1:
            yield f"goes from a heading of level {before} to one of level {after}"


def _reading(one: Tagged) -> Iterator[str]:
    top = elements_of(one.root.StructTreeRoot.K)
    role, _ = next(top, ("", None))
    if role != "/Document":
        yield f"its tree begins with {role or 'nothing'}"


def elements_of(kids: Any) -> Iterator[tuple[str, Any]]:
    """Every element below some, with its role, in reading order."""
    for kid in kids if isinstance(kids, Array) else (kids,):
        if isinstance(kid, Dictionary) and "/S" in kid:
            yield str(kid.S), kid
            if "/K" in kid:
                yield from elements_of(kid.K)


def _numbers(tree: Any) -> Iterator[tuple[int, Any]]:
    """The pairs of a number tree."""
    held = list(tree.get("/Nums", ()))
    yield from ((int(key), value) for key, value in zip(held[::2], held[1::2], strict=True))
    for kid in tree.get("/Kids", ()):
        yield from _numbers(kid)


def _roles_up(element: Any) -> Iterator[str]:
    while isinstance(element, Dictionary) and "/S" in element:
        yield str(element.S)
        element = element.get("/P")
