"""The data dictionary is what the code says, word for word."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("maker", DOCS / "make_data_dictionary.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    # Known by its name while it runs, which its dataclass asks for.
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "maker", module)
        spec.loader.exec_module(module)
    return module


def test_it_is_up_to_date(maker: ModuleType) -> None:
    kept = (DOCS / "data-dictionary.md").read_text("utf-8")
    assert kept == maker.build_dictionary(), "write it again: make reference"


def test_a_column_without_words_is_an_error(
    maker: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    words = tmp_path / "words.yaml"
    words.write_text(
        maker.WORDS.read_text("utf-8").replace("  fact.origin:", "  fact.origins:"), "utf-8"
    )
    monkeypatch.setattr(maker, "WORDS", words)
    with pytest.raises(KeyError, match="origin"):
        maker.build_dictionary()


def test_words_for_what_is_gone_are_an_error(
    maker: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    words = tmp_path / "words.yaml"
    words.write_text(
        maker.WORDS.read_text("utf-8").replace("columns:\n", "columns:\n  gone: Gone.\n", 1),
        "utf-8",
    )
    monkeypatch.setattr(maker, "WORDS", words)
    with pytest.raises(ValueError, match="columns gone"):
        maker.build_dictionary()
