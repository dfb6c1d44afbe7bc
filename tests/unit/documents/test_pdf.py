"""The PDF as a reader gets it: text by pdftotext, structure by its own words, bytes by digest."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path

import paper
import pikepdf
import pytest
import word_faults
from sample_snapshot import INCLUDE, TEMPLATES, with_entry

from cpsa.calendar import parse_period
from cpsa.documents.document_key import DocumentKey
from cpsa.documents.document_registry import build_content, get_kind
from cpsa.documents.render.glyphs import REPLACEMENT, Glyphs
from cpsa.documents.render.pdf import list_bundled_fonts
from cpsa.documents.render.renderer import Renderer
from cpsa.provenance.snapshot import Snapshot

HERE = Path(__file__).parent
pytestmark = pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler is not installed")


def key(kind: str, period: str, subject: str, language: str) -> DocumentKey:
    return DocumentKey(get_kind(kind), parse_period(period), subject, language, "pdf")


def words_of(pdf: bytes, tmp_path: Path) -> str:
    """All text of a PDF with its runs of blanks made single blanks."""
    file = tmp_path / "document.pdf"
    file.write_bytes(pdf)
    told = subprocess.run(
        ["pdftotext", "-enc", "UTF-8", file, "-"], capture_output=True, check=True
    )
    return " ".join(unicodedata.normalize("NFC", told.stdout.decode()).split())


def test_figures_and_reference_are_in_the_text(
    renderer: Renderer, snapshot: Snapshot, tmp_path: Path
) -> None:
    one = key("quarterly_update", "2025-26-Q4", "IA-BPENG", "en")
    told = words_of(renderer.render(one, snapshot), tmp_path)
    for expected in (
        "0.8558",
        "₹ 54.63 lakh",
        "88.5 %",
        "CPSA/2025-26-Q4/QU/IA-BPENG",
        "Page 1 of",
    ):
        assert expected in told


def test_hindi_words_come_back_whole(renderer: Renderer, snapshot: Snapshot) -> None:
    """Copying and searching must work; every kind of document is looked at in test_looks."""
    one = key("policy_actions", "2025-26-H2", "DOIC", "hi")
    expected = word_faults.hindi_words(build_content(one, snapshot))
    missing = expected - word_faults.words_of(paper.text(renderer.render(one, snapshot)))
    assert len(expected) > 150
    assert len(missing) <= len(expected) * (1 - word_faults.WHOLE), missing


def test_it_is_tagged_titled_and_archival(renderer: Renderer, snapshot: Snapshot) -> None:
    pdf = renderer.render(key("policy_actions", "2025-26-H2", "BANKS", "hi"), snapshot)
    assert pdf.startswith(b"%PDF-1.7")
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        root = opened.Root
        assert root.MarkInfo.Marked and root.Lang == "hi-IN"
        assert root.StructTreeRoot.K is not None and root.ViewerPreferences.DisplayDocTitle
    # Whoever archives it reads this without unpacking anything.
    assert b"<pdfaid:part>2</pdfaid:part>" in pdf and b"<pdfuaid:part>1</pdfuaid:part>" in pdf


def test_small_objects_are_packed_together(renderer: Renderer, snapshot: Snapshot) -> None:
    """Unpacked again, the file has more than twice the size; both say and show the same."""
    one = key("policy_actions", "2025-26-H2", "DOIC", "en")
    pdf = renderer.render(one, snapshot)
    plain = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        opened.save(plain, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    assert 2 * len(pdf) < len(plain.getvalue())
    assert paper.text(pdf) == paper.text(plain.getvalue())


NASTY = '#read("/etc/passwd") #panic() *bold* _x_ $x^2$ \\ `code` <label> @ref // note = Head'


def test_what_an_agency_writes_stays_text(
    renderer: Renderer, snapshot: Snapshot, tmp_path: Path
) -> None:
    held = with_entry(
        snapshot, agency="FC-BHO", quarter="2025-26-Q4", kind="policy_support", theme="LAND",
        department="REV", text=NASTY, request="#while true {}", urgency="high", scheme="#eval()",
    )  # fmt: skip
    told = words_of(
        renderer.render(key("policy_actions", "2025-26-H2", "REV", "en"), held), tmp_path
    )
    assert NASTY in told and "#while true {}" in told and "#eval()" in told


@pytest.mark.parametrize(
    "text",
    [
        "Emoji 😀 and தமிழ் and 中文",
        "control \x01 \x0c and \u202e and \ufeff and \ue000 and a lone matra ि",
        "nothing\nbut\n\n\n\tblanks",
        "x" * 3000,
        "क्" * 400,
        "",
    ],
)
def test_no_text_stops_a_document(renderer: Renderer, snapshot: Snapshot, text: str) -> None:
    held = with_entry(
        snapshot, agency="FC-BHO", quarter="2025-26-Q4", kind="policy_support", theme="LAND",
        department="REV", text=text, request=text, urgency="high", scheme=text,
    )  # fmt: skip
    for kind, period, subject in (
        ("policy_actions", "2025-26-H2", "REV"),
        ("policy_actions", "2025-26-H2", "ALL"),
        ("quarterly_update", "2025-26-Q4", "FC-BHO"),
    ):
        assert renderer.render(key(kind, period, subject, "hi"), held).startswith(b"%PDF")


def test_a_character_without_a_glyph_is_replaced_and_joiners_are_kept() -> None:
    glyphs = Glyphs.from_folders(list_bundled_fonts())
    assert glyphs.printable("a😀b") == f"a{REPLACEMENT}b"
    assert glyphs.printable("क्\u200dष श्र ज़ ₹ – “ ” ·") == "क्\u200dष श्र ज़ ₹ – “ ” ·"
    assert glyphs.printable("a\x00b\u202ec") == "abc"


BUILD = f"""
import hashlib, sys
sys.path[:0] = [{str(HERE)!r}, {str(INCLUDE)!r}]
from sample_snapshot import TEMPLATES, sample
from cpsa.calendar import parse_period
from cpsa.documents.document_key import DocumentKey
from cpsa.documents.document_registry import get_kind
from cpsa.documents.render.renderer import Renderer
renderer = Renderer(TEMPLATES)
for kind, period, subject in (
    ("quarterly_update", "2025-26-Q4", "IA-BPENG"),
    ("policy_actions", "2025-26-H2", "DOIC"),
    ("learning", "2025-26-H2", "STATE"),
):
    for format in ("pdf", "html"):
        key = DocumentKey(get_kind(kind), parse_period(period), subject, "hi", format)
        print(hashlib.sha256(renderer.render(key, sample())).hexdigest())
"""


@pytest.mark.slow
def test_two_processes_make_the_same_bytes(snapshot: Snapshot) -> None:
    """Whatever the hash seed, the time zone, and what the process made before."""
    builds = [
        subprocess.Popen(
            [sys.executable, "-c", BUILD],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed, zone in (("1", "UTC"), ("2", "Asia/Kolkata"))
    ]
    digests = [build.communicate()[0].split() for build in builds]
    assert digests[0] == digests[1]
    assert len(set(digests[0])) == 6
    renderer = Renderer(TEMPLATES)
    renderer.render(key("policy_actions", "2025-26-H2", "ALL", "en"), snapshot)
    again = renderer.render(key("policy_actions", "2025-26-H2", "DOIC", "hi"), snapshot)
    assert hashlib.sha256(again).hexdigest() == digests[0][2]


def test_a_forked_child_is_refused_rather_than_left_hanging(
    renderer: Renderer, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = key("policy_actions", "2025-26-H2", "TECH", "en")
    renderer.render(one, snapshot)
    monkeypatch.setattr(os, "getpid", lambda: -1)
    with pytest.raises(RuntimeError, match="spawn"):
        renderer.render(one, snapshot)
