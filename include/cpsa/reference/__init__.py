"""The road map's reference data: departments, themes, schemes, training, roll-out and budget.

What belongs here: reading ``include/reference/*.yaml`` into frozen dataclasses, holding the files
together, and looking things up in them. What must not: labels or rules of the framework, figures
of a quarter, the registry's addresses, and any decision about what a document says.
"""

from cpsa.reference.budget import BudgetItem, BudgetLine, FundSource
from cpsa.reference.catalogue import Reference
from cpsa.reference.reading import ReferenceDataError
from cpsa.reference.rollout import Body, Measure, Outcome, Per, Stage, Target
from cpsa.reference.schemes import Concession, Conditions, Grant, Scheme
from cpsa.reference.subjects import Department, Sector, Theme
from cpsa.reference.training import Group, Lot, TrainingModule

__all__ = [
    "Body",
    "BudgetItem",
    "BudgetLine",
    "Concession",
    "Conditions",
    "Department",
    "FundSource",
    "Grant",
    "Group",
    "Lot",
    "Measure",
    "Outcome",
    "Per",
    "Reference",
    "ReferenceDataError",
    "Scheme",
    "Sector",
    "Stage",
    "Target",
    "Theme",
    "TrainingModule",
]
