"""The rules: an update in, findings out (domain.md, "Rules").

Pure: no store, no clock, no files. Which rules there are, how strict they are and what they say is
data (``framework``); this package knows what each *kind* of rule does. Structure rules look at one
file's cells; all others look at dense arrays over many agencies at once.
"""

from cpsa.check.examine import ExaminationResult, Submission, examine_submissions
from cpsa.check.structure import StructureResult, SubmissionFact, judge_structure
from cpsa.submissions.explanations import Explanation, match_explanations
from cpsa.submissions.finding import Finding

__all__ = [
    "ExaminationResult",
    "Explanation",
    "Finding",
    "StructureResult",
    "Submission",
    "SubmissionFact",
    "examine_submissions",
    "judge_structure",
    "match_explanations",
]
