"""The quarter board: the state of a quarter and of a half-year, for CPSA's own people.

What belongs here: what each page shows, read from the store, and its HTML. What must not: who may
look (Airflow decides that, in the plugin), statements (``board_queries``), and anything that
acts: the board only looks.
"""

from cpsa.board.asked import AgencyFilter
from cpsa.board.digest import list_known_items, list_recent_failures, send_daily_digest
from cpsa.board.lists import load_arrivals_list, load_mail_list
from cpsa.board.outside import LatestRun, SchedulerState
from cpsa.board.pages import BoardPages
from cpsa.board.period import PeriodBoard, load_period_board
from cpsa.board.quarter import QuarterBoard, load_quarter_board
from cpsa.board.waiting import WorkItem, WorkItemKind, list_work_items, sort_oldest_first

__all__ = [
    "AgencyFilter",
    "BoardPages",
    "LatestRun",
    "PeriodBoard",
    "QuarterBoard",
    "SchedulerState",
    "WorkItem",
    "WorkItemKind",
    "list_known_items",
    "list_recent_failures",
    "list_work_items",
    "load_arrivals_list",
    "load_mail_list",
    "load_period_board",
    "load_quarter_board",
    "send_daily_digest",
    "sort_oldest_first",
]
