"""The quarter board: how a quarter and a half-year stand, for CPSA's own people.

What belongs here: what each page shows, read from the store, and its HTML. What must not: who may
look (Airflow decides that, in the plugin), statements (``cpsa.store.overview``), and anything that
acts: the board only looks.
"""

from cpsa.board.asked import Asked
from cpsa.board.digest import daily_digest, failed_lately, known_items
from cpsa.board.lists import arrivals_list, mail_list
from cpsa.board.outside import Outside, Run
from cpsa.board.pages import Pages
from cpsa.board.period import PeriodBoard, period_board
from cpsa.board.quarter import QuarterBoard, quarter_board
from cpsa.board.waiting import WaitingItem, WaitingKind, oldest_first, waiting_items

__all__ = [
    "Asked",
    "Outside",
    "Pages",
    "PeriodBoard",
    "QuarterBoard",
    "Run",
    "WaitingItem",
    "WaitingKind",
    "arrivals_list",
    "daily_digest",
    "failed_lately",
    "known_items",
    "mail_list",
    "oldest_first",
    "period_board",
    "quarter_board",
    "waiting_items",
]
