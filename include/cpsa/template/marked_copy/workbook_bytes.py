"""Saves a workbook so that the same marks on the same workbook give the same bytes."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from typing import Any

from cpsa.template.marked_copy import formula_results
from cpsa.template.marked_copy.formula_results import Result

_FIRST_DATE = (1980, 1, 1, 0, 0, 0)  # of the format; a date of ours would be the clock's
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")


def save_workbook(book: Any, calculated: Mapping[str, Mapping[str, Result]]) -> bytes:
    """Return the workbook's bytes; ``calculated``: the results of its formulas, by sheet and cell."""
    created = f"{book.properties.created:%Y-%m-%dT%H:%M:%SZ}".encode()
    written = io.BytesIO()
    book.save(written)
    parts = {sheet.path.lstrip("/"): sheet.title for sheet in book.worksheets}
    repacked = io.BytesIO()
    with (
        zipfile.ZipFile(written) as before,
        zipfile.ZipFile(repacked, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for name in before.namelist():
            data = before.read(name)
            if name in parts:
                data = formula_results.restore_formula_results(
                    data, calculated.get(parts[name], {})
                )
            elif name == "docProps/core.xml":
                data = _MODIFIED.sub(rb"\g<1>" + created, data)
            part = zipfile.ZipInfo(name, _FIRST_DATE)
            part.compress_type = zipfile.ZIP_DEFLATED
            after.writestr(part, data)
    return repacked.getvalue()
