"""The rules: an update in, findings out (domain.md, "Rules").

Pure: no store, no clock, no files. Which rules there are, how strict they are and what they say is
data (``framework``); this package knows what each *kind* of rule does. Structure rules look at one
file's cells; all others look at dense arrays over many agencies at once.
"""

from cpsa.check.examine import Examined, Submission, examine
from cpsa.check.structure import Fact, Judged, judge
from cpsa.submissions.explanations import Explanation, explained
from cpsa.submissions.finding import Finding

__all__ = [
    "Examined",
    "Explanation",
    "Fact",
    "Finding",
    "Judged",
    "Submission",
    "examine",
    "explained",
    "judge",
]
