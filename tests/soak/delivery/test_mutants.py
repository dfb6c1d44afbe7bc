"""Each mutant still changes one place of the product, and what it makes is still a program."""

from __future__ import annotations

import pytest
from tests.soak.delivery.mutants import MUTANTS, ROOT, Mutant


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_fits_the_product(mutant: Mutant) -> None:
    text = (ROOT / "include" / "cpsa" / mutant.file).read_text("utf-8")
    assert text.count(mutant.was) == 1, f"{mutant.file} has changed: change the mutant as well"
    compile(text.replace(mutant.was, mutant.becomes), mutant.file, "exec")
