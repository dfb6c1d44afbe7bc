"""Hindi letters that belong together are printed together: no halant is left standing where a
half letter or a ligature should be.

The compiler measures each pair of consonants of our Hindi texts twice: as written, and kept apart
by a joiner that forbids the conjunct. A conjunct that came out is not as wide as the two apart.
"""

from __future__ import annotations

import json
import re
from itertools import chain
from pathlib import Path

import typst
from sample_snapshot import INCLUDE

from cpsa.documents.render.pdf import list_bundled_fonts

CONSONANT = "[\u0915-\u0939\u0958-\u095f]\u093c?"
PAIR = re.compile(f"(?=({CONSONANT})\u094d({CONSONANT}))")
APART = "\u200c"
MEASURE = """
#set text(font: "Noto Sans", size: 100pt, lang: "hi")
#let pairs = json(bytes(sys.inputs.pairs))
#context [#metadata(pairs.map(pair => pair.map(one => measure(one).width.pt()))) <widths>]
"""


def written_in_hindi() -> str:
    """All Hindi the documents may say: texts, labels, names of the reference data and the sample."""
    folders = (
        *("cpsa/i18n/texts", "programme/framework", "programme/reference", "programme/texts"),
        *("programme", "sample/registry"),
    )
    files = chain.from_iterable((INCLUDE / folder).iterdir() for folder in folders)
    return "".join(file.read_text("utf-8") for file in sorted(files) if file.is_file())


def widths(pairs: list[tuple[str, str]], tmp_path: Path) -> list[tuple[float, float]]:
    """How wide each pair is joined and apart, at 100 points."""
    file = tmp_path / "measure.typ"
    file.write_text(MEASURE, "utf-8")
    shown = [(f"{one}\u094d{other}", f"{one}\u094d{APART}{other}") for one, other in pairs]
    compiler = typst.Compiler(
        file,
        font_paths=list(list_bundled_fonts()),
        ignore_system_fonts=True,
        sys_inputs={"pairs": json.dumps(shown)},
    )
    (held,) = json.loads(compiler.query("<widths>", field="value"))
    return [(joined, apart) for joined, apart in held]


def test_conjuncts_are_joined(tmp_path: Path) -> None:
    pairs = sorted(set(PAIR.findall(written_in_hindi())))
    assert len(pairs) > 100
    measured = dict(zip(pairs, widths(pairs, tmp_path), strict=True))
    assert {pair for pair, (joined, apart) in measured.items() if joined > apart - 1} == set()


def test_the_measure_itself(tmp_path: Path) -> None:
    """A half letter is narrower than a whole one with its halant; letters apart are just as wide."""
    ((joined, apart),) = widths([("स", "त")], tmp_path)
    assert joined < apart - 5
    ((same, again),) = widths([("स", f"{APART}त")], tmp_path)
    assert abs(same - again) < 1
