"""The road map's reference data: departments, themes, schemes, training, roll-out and budget.

What belongs here: reading ``include/reference/*.yaml`` into frozen dataclasses, holding the files
together, and looking things up in them. What must not: labels or rules of the framework, figures
of a quarter, the registry's addresses, and any decision about the content of a document.
"""

from cpsa.reference.budget import BudgetItem, BudgetLine, FundSource
from cpsa.reference.catalogue import Reference
from cpsa.reference.reading import ReferenceDataError
from cpsa.reference.rollout import (
    ResponsibleBody,
    RolloutOutcome,
    RolloutTarget,
    Stage,
    TargetMeasure,
    TargetPeriod,
)
from cpsa.reference.schemes import Concession, Conditions, Grant, Scheme
from cpsa.reference.subjects import Department, Sector, Theme
from cpsa.reference.training import ModuleGroup, TrainingLot, TrainingModule

__all__ = [
    "BudgetItem",
    "BudgetLine",
    "Concession",
    "Conditions",
    "Department",
    "FundSource",
    "Grant",
    "ModuleGroup",
    "Reference",
    "ReferenceDataError",
    "ResponsibleBody",
    "RolloutOutcome",
    "RolloutTarget",
    "Scheme",
    "Sector",
    "Stage",
    "TargetMeasure",
    "TargetPeriod",
    "Theme",
    "TrainingLot",
    "TrainingModule",
]
