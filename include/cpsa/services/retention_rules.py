"""After how many years files are deleted and personal data is blanked, as CPSA has decided."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from cpsa.reference.data_model import Count, DataModel
from cpsa.reference.yaml_reader import read_yaml_file

FILE = "retention.yaml"
_YEAR = timedelta(days=366)  # rather a day too long


class RetentionRules(DataModel):
    """retention.yaml: years by rule; None where nothing is ever deleted or blanked."""

    refused_years: Count | None
    unreadable_years: Count | None
    letters_years: Count | None
    trial_mails_years: Count | None
    # A file from before 1.4.0 has none of these.
    contacts_years: Count | None = None
    staff_years: Count | None = None

    @classmethod
    def load(cls, folder: Path) -> RetentionRules:
        """Load the rules of a reference folder; an error says what to correct in the file."""
        return read_yaml_file(folder, FILE, cls)

    def get_years(self, rule: str) -> int | None:
        """After how many years, by the name of a rule."""
        years: int | None = getattr(self, f"{rule}_years")
        return years

    def find_cutoff(self, rule: str, now: datetime) -> datetime | None:
        """Return the instant before which a rule applies; None where it never does."""
        years = self.get_years(rule)
        return None if years is None else now - _YEAR * years
