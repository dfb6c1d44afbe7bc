"""Departments by the codes that they have now, whatever code a row of the store carries.

Stored codes are never renamed: rows of earlier versions keep the code that a department had then.
"""

from __future__ import annotations

import pandas as pd

from cpsa.cycle.office import Office


def with_present_codes(office: Office, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with every department under its present code."""
    former = {
        code: present
        for code, present in office.reference.department_codes.items()
        if code != present
    }
    if not rows["department"].isin(former.keys()).any():
        return rows
    return rows.assign(department=rows["department"].replace(former))


def present_code(office: Office, code: str) -> str:
    """The present code of a department; the code itself where it is none."""
    return office.reference.department_codes.get(code, code)
