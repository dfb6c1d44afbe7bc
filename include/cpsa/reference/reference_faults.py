"""Everything that is wrong in a folder of reference data: each fault once, with file and line.

What belongs here: reading every file although others have faults. What must not: what an entry must be (its
own module), or how a fault is worded (``yaml_reader``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from cpsa.errors import RequestError
from cpsa.reference.budget import Budget
from cpsa.reference.classifications import DepartmentsFile, SectorsFile, ThemesFile
from cpsa.reference.contributors import ContributorsFile
from cpsa.reference.data_model import DataModel
from cpsa.reference.districts import DistrictsFile
from cpsa.reference.fault_lines import find_line, join_missing_keys
from cpsa.reference.reference_data import OPTIONAL_FILES
from cpsa.reference.reply_terms import ReplyTerms
from cpsa.reference.rollout_plan import RolloutPlan
from cpsa.reference.schemes import SchemesFile
from cpsa.reference.training import TrainingPlan
from cpsa.reference.yaml_reader import Known, ReferenceDataError, describe_fault, read_yaml

# In the order in which they name one another, each with the table that later ones name.
_FILES: Mapping[str, tuple[type[DataModel], str]] = {
    "departments.yaml": (DepartmentsFile, "departments"),
    "contributors.yaml": (ContributorsFile, "contributors"),
    "training_modules.yaml": (TrainingPlan, "modules"),
    "themes.yaml": (ThemesFile, "themes"),
    "sectors.yaml": (SectorsFile, "sectors"),
    "rollout.yaml": (RolloutPlan, "stages"),
    "budget.yaml": (Budget, "items"),
    "schemes.yaml": (SchemesFile, "schemes"),
    "actions.yaml": (ReplyTerms, ""),
    "districts.yaml": (DistrictsFile, ""),
}

REFERENCE_MODELS: Mapping[str, type[DataModel]] = {
    file: model for file, (model, _) in _FILES.items()
}
"""The model of each file of reference data."""


def find_reference_faults(
    folder: Path, others: Mapping[str, type[DataModel]]
) -> tuple[RequestError, ...]:
    """The faults of all files; ``others``: files that other packages read, with their models."""
    files = {**_FILES, **{file: (model, "") for file, model in others.items()}}
    known = Known()
    return tuple(
        fault
        for file, (model, table) in files.items()
        if file not in OPTIONAL_FILES or (folder / file).exists()
        for fault in find_file_faults(folder, file, model, known, table)
    )


def find_file_faults(
    folder: Path, file: str, model: type[DataModel], known: Known, table: str = ""
) -> Iterator[RequestError]:
    """The faults of one file; ``known`` gets its ``table``, which later files may name."""
    try:
        raw = read_yaml(folder, file)
    except ReferenceDataError as error:
        yield ReferenceDataError(error.key, **{**error.params, "file": folder / file})
        return
    try:
        content = model.model_validate(raw, context=known)
    except ValidationError as error:
        text = (folder / file).read_text("utf-8")
        for fault in join_missing_keys(_drop_inherited(error.errors(include_url=False))):
            _, line = find_line(text, [str(step) for step in fault["loc"]])
            key, params = describe_fault(f"{folder / file}:{line}", raw, fault)
            yield ReferenceDataError(key, **params)
    else:
        if table:
            known[file] = getattr(content, table)


def _drop_inherited(faults: list[ErrorDetails]) -> list[ErrorDetails]:
    """The faults without those of conditions that a scheme's grants have from it, where its own are wrong."""
    wrong = {fault["loc"][:2] for fault in faults if "grants" not in fault["loc"]}
    return [
        fault
        for fault in faults
        if not ({"grants", "conditions"} <= {*fault["loc"]} and fault["loc"][:2] in wrong)
    ]
