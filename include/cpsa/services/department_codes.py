"""Departments by the codes that they have now, whichever code a row of the store has.

Stored codes are never renamed: rows of earlier versions keep the code that a department had then.
"""

from __future__ import annotations

import pandas as pd

from cpsa.services.app_context import AppContext


def replace_former_codes(context: AppContext, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with every department under its present code."""
    former = {
        code: present
        for code, present in context.reference.department_codes.items()
        if code != present
    }
    if not rows["department"].isin(former.keys()).any():
        return rows
    return rows.assign(department=rows["department"].replace(former))


def find_present_code(context: AppContext, code: str) -> str:
    """The present code of a department; the code itself where it is none."""
    return context.reference.department_codes.get(code, code)
