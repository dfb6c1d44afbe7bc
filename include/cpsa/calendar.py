"""The fiscal calendar: quarters, half-years and years of 1 April to 31 March, Asia/Kolkata.

The only place that knows when a period begins, when its window opens, falls due and closes
(domain.md, "Calendar"). Which days these are is the programme's (``use_offsets``). It never asks what time it
is: callers bring the instant.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, overload
from zoneinfo import ZoneInfo

from cpsa.errors import RequestError

IST = ZoneInfo("Asia/Kolkata")
WORKING_DAY_STARTS = time(6, 0)
LATEST_DUE_AFTER_WINDOW = timedelta(days=14)

_DAY_FIRST = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00:00(?:\.0+)?)?")
_KEY = re.compile(r"(?P<start>\d{4})-(?P<end>\d{2})(?:-(?P<part>[QH])(?P<number>\d))?", re.ASCII)
_MONTHS = {
    "en": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    "hi": [
        "जनवरी",
        "फ़रवरी",
        "मार्च",
        "अप्रैल",
        "मई",
        "जून",
        "जुलाई",
        "अगस्त",
        "सितंबर",
        "अक्टूबर",
        "नवंबर",
        "दिसंबर",
    ],
}


@dataclass(frozen=True, order=True)
class DayAfterPeriod:
    """A day of the first, second … month after a period; a day beyond that month's end is its last."""

    months: int
    day: int

    def after(self, last: Quarter) -> date:
        """The day after a period, whose last quarter this is."""
        first = (last + 1).first_day
        return _add_months(first, self.months - 1, self.day)


@dataclass(frozen=True)
class CalendarOffsets:
    """The days that a programme has set: when updates are due, windows end and documents are sent."""

    due: DayAfterPeriod = DayAfterPeriod(1, 20)
    window_ends: DayAfterPeriod = DayAfterPeriod(1, 31)
    dispatch: DayAfterPeriod = DayAfterPeriod(2, 15)


_STANDARD_OFFSETS = CalendarOffsets()
_offsets: list[tuple[Quarter, CalendarOffsets]] = []


def use_offsets(offsets: Mapping[Quarter, CalendarOffsets]) -> None:
    """Use these days, each from its quarter on, until the process ends; quarters before have the first."""
    _offsets[:] = sorted(offsets.items(), key=lambda item: item[0])


def find_offsets(quarter: Quarter) -> CalendarOffsets:
    """The days of a quarter."""
    if not _offsets:
        return _STANDARD_OFFSETS
    place = bisect_right(_offsets, quarter, key=lambda item: item[0])
    return _offsets[max(place - 1, 0)][1]


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or that month's last where it has no such day."""
    return _add_months(day, months, day.day)


def _add_months(start: date, months: int, day: int) -> date:
    passed = start.year * 12 + start.month - 1 + months
    year, month = passed // 12, passed % 12 + 1
    return date(year, month, min(day, monthrange(year, month)[1]))


def last_day_before(instant: datetime) -> date:
    """The last whole day before an instant at which something ends: what a reader calls its end."""
    return (instant.astimezone(IST) - timedelta(microseconds=1)).date()


class _PeriodMixin:
    """Behaviour shared by all periods, derived from their quarters and key."""

    if TYPE_CHECKING:

        @property
        def key(self) -> str: ...

        @property
        def quarters(self) -> tuple[Quarter, ...]: ...

    @property
    def first_quarter(self) -> Quarter:
        return self.quarters[0]

    @property
    def last_quarter(self) -> Quarter:
        return self.quarters[-1]

    def __str__(self) -> str:
        return self.key

    def label(self, language: str) -> str:
        """Months, calendar year and key, such as ``Jul–Sep 2026 (2026-27-Q2)``."""
        return f"{self.months(language)} ({self.key})"

    def months(self, language: str) -> str:
        """Months and calendar year, such as ``Jul–Sep 2026``."""
        first, last = self.first_quarter.first_day, self.last_quarter.last_day
        months = _MONTHS[language]
        start, end = months[first.month - 1], f"{months[last.month - 1]} {last.year}"
        if first.year != last.year:
            start = f"{start} {first.year}"
        return f"{start}–{end}"


@dataclass(frozen=True, order=True)
class Quarter(_PeriodMixin):
    """A fiscal quarter; Q1 is April to June. Ordered by time, and so are its keys as text."""

    start_year: int
    number: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= 4:
            raise RequestError("calendar.no_quarter", value=f"{self.start_year}-Q{self.number}")

    @classmethod
    def parse(cls, key: str) -> Quarter:
        """Read a key such as ``2026-27-Q2``; RequestError when it is none."""
        year, part, number = _split_key(key)
        if year is None or part != "Q" or not 1 <= number <= 4:
            raise RequestError("calendar.no_quarter", value=key)
        return cls(year, number)

    @classmethod
    def containing(cls, day: date) -> Quarter:
        """The quarter in which a day (India's) falls."""
        months = day.year * 12 + day.month - 4
        return cls(months // 12, months % 12 // 3 + 1)

    @classmethod
    def range(cls, first: Quarter, last: Quarter) -> tuple[Quarter, ...]:
        """All quarters from first to last, both included."""
        return tuple(first + step for step in range(last - first + 1))

    @property
    def key(self) -> str:
        return f"{self.year.key}-Q{self.number}"

    @property
    def quarters(self) -> tuple[Quarter, ...]:
        return (self,)

    @property
    def year(self) -> FiscalYear:
        return FiscalYear(self.start_year)

    @property
    def half(self) -> HalfYear:
        return HalfYear(self.start_year, (self.number + 1) // 2)

    @property
    def first_day(self) -> date:
        month = self.number * 3 + 1
        return date(self.start_year + (month > 12), (month - 1) % 12 + 1, 1)

    @property
    def last_day(self) -> date:
        return (self + 1).first_day - timedelta(days=1)

    @property
    def starts_at(self) -> datetime:
        """The first instant of the quarter; the quarter before it has ended."""
        return datetime.combine(self.first_day, time(), IST)

    @property
    def opens_at(self) -> datetime:
        """06:00 on the first day after the quarter: requests to agencies are sent."""
        return datetime.combine((self + 1).first_day, WORKING_DAY_STARTS, IST)

    @property
    def due_day(self) -> date:
        """The last day on which an update is in time: the 20th of the month after, as shipped."""
        return find_offsets(self).due.after(self)

    @property
    def due_by(self) -> datetime:
        """The end of the due day, exclusive: what comes at or after this instant is late."""
        return datetime.combine(self.due_day + timedelta(days=1), time(), IST)

    @property
    def window_ends(self) -> datetime:
        """The end of the window, exclusive: that of the month after the quarter, as shipped."""
        last_day = find_offsets(self).window_ends.after(self)
        return datetime.combine(last_day + timedelta(days=1), time(), IST)

    @property
    def closes_at(self) -> datetime:
        """06:00 on the day after the window ends: when closing is scheduled."""
        return datetime.combine(self.window_ends.date(), WORKING_DAY_STARTS, IST)

    @property
    def latest_due_by(self) -> datetime:
        """The latest own due date or extension that the quarter can have, exclusive."""
        return self.window_ends + LATEST_DUE_AFTER_WINDOW

    def is_late(self, received_at: datetime) -> bool:
        return received_at >= self.due_by

    def __add__(self, quarters: int) -> Quarter:
        index = self._index + quarters
        return Quarter(index // 4, index % 4 + 1)

    @overload
    def __sub__(self, other: Quarter) -> int: ...

    @overload
    def __sub__(self, other: int) -> Quarter: ...

    def __sub__(self, other: Quarter | int) -> Quarter | int:
        if isinstance(other, Quarter):
            return self._index - other._index
        return self + -other

    @property
    def _index(self) -> int:
        return self.start_year * 4 + self.number - 1


@dataclass(frozen=True, order=True)
class HalfYear(_PeriodMixin):
    """A fiscal half-year; H1 is April to September."""

    start_year: int
    number: int

    def __post_init__(self) -> None:
        if self.number not in (1, 2):
            raise RequestError("calendar.no_half", value=f"{self.start_year}-H{self.number}")

    @classmethod
    def parse(cls, key: str) -> HalfYear:
        """Read a key such as ``2026-27-H1``; RequestError when it is none."""
        year, part, number = _split_key(key)
        if year is None or part != "H" or number not in (1, 2):
            raise RequestError("calendar.no_half", value=key)
        return cls(year, number)

    @property
    def key(self) -> str:
        return f"{self.year.key}-H{self.number}"

    @property
    def quarters(self) -> tuple[Quarter, ...]:
        return tuple(Quarter(self.start_year, self.number * 2 - step) for step in (1, 0))

    @property
    def year(self) -> FiscalYear:
        return FiscalYear(self.start_year)

    @property
    def dispatch_at(self) -> datetime:
        """06:00 on the day of dispatch: 15 November and 15 May, as shipped."""
        day = find_offsets(self.last_quarter).dispatch.after(self.last_quarter)
        return datetime.combine(day, WORKING_DAY_STARTS, IST)

    def __add__(self, halves: int) -> HalfYear:
        index = self.start_year * 2 + self.number - 1 + halves
        return HalfYear(index // 2, index % 2 + 1)


@dataclass(frozen=True, order=True)
class FiscalYear(_PeriodMixin):
    """A fiscal year, named by both calendar years it touches: ``2026-27``."""

    start_year: int

    @classmethod
    def parse(cls, key: str) -> FiscalYear:
        """Read a key such as ``2026-27``; RequestError when it is none."""
        year, part, _ = _split_key(key)
        if year is None or part is not None:
            raise RequestError("calendar.no_year", value=key)
        return cls(year)

    @property
    def key(self) -> str:
        return f"{self.start_year}-{(self.start_year + 1) % 100:02d}"

    @property
    def year(self) -> FiscalYear:
        return self

    @property
    def quarters(self) -> tuple[Quarter, ...]:
        return tuple(Quarter(self.start_year, number) for number in (1, 2, 3, 4))

    @property
    def halves(self) -> tuple[HalfYear, ...]:
        return HalfYear(self.start_year, 1), HalfYear(self.start_year, 2)

    def __add__(self, years: int) -> FiscalYear:
        return FiscalYear(self.start_year + years)


AnyPeriod = Quarter | HalfYear | FiscalYear


def parse_period(key: str) -> AnyPeriod:
    """Read the key of a quarter, half-year or year; RequestError when it is none of them."""
    for kind in (Quarter, HalfYear, FiscalYear):
        try:
            return kind.parse(key)
        except RequestError:
            continue
    raise RequestError("calendar.no_period", value=key)


def is_quarter_key(text: str) -> bool:
    """Whether a text (a folder's name, say) is the key of a quarter."""
    year, part, number = _split_key(text)
    return year is not None and part == "Q" and 1 <= number <= 4


def is_half_key(text: str) -> bool:
    """Whether a text is the key of a half-year."""
    year, part, number = _split_key(text)
    return year is not None and part == "H" and number in (1, 2)


def _split_key(key: str) -> tuple[int | None, str | None, int]:
    """Year, Q or H, and number of a key; the year is None when the text is no key."""
    match = _KEY.fullmatch(key)
    if match is None:
        return None, None, 0
    start = int(match["start"])
    if int(match["end"]) != (start + 1) % 100 or not 1900 <= start < 2200:
        return None, None, 0
    return start, match["part"], int(match["number"] or 0)


def parse_day(typed: str) -> date | None:
    """Return a day as people in India write it (20-11-2026, 20/11/2026, २०.११.२०२६), or as 2026-11-20."""
    plain = "".join(
        str(int(character)) if character.isdecimal() else character for character in typed.strip()
    )
    if found := _DAY_FIRST.fullmatch(plain):
        day, month, year = map(int, found.groups())
    elif found := _YEAR_FIRST.fullmatch(plain):
        year, month, day = map(int, found.groups())
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None
