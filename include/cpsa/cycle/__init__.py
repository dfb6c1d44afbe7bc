"""The verbs: what DAG tasks, the command line and the portal call.

Each fetches from the store, calls the pure parts, and writes back in one transaction. The instant
is always passed in.
"""

from cpsa.cycle import questions
from cpsa.cycle.accounts import Account, account
from cpsa.cycle.announce_periods import announce_periods, finish_announced
from cpsa.cycle.approver_letters import write_to_approver
from cpsa.cycle.approving import approve, escalate, reject
from cpsa.cycle.arriving import take_in, unchecked
from cpsa.cycle.backfilling import backfill, decline_backfill, preview_backfill
from cpsa.cycle.bounces import collect_bounces
from cpsa.cycle.build_documents import build
from cpsa.cycle.building import rebuild
from cpsa.cycle.changed_documents import changed_since_sent, record_no_revision
from cpsa.cycle.check_updates import check, check_all
from cpsa.cycle.checking import batches, preview
from cpsa.cycle.closing import close, is_closed, unfinished_before
from cpsa.cycle.collecting import collect, collect_inbox, load_entries
from cpsa.cycle.decisions import Recorded, decide, decisions_since, record_decisions
from cpsa.cycle.department_letters import answer_departments
from cpsa.cycle.dispatching import Plan, plan_dispatch, require_approved, send
from cpsa.cycle.exceptions import reopen, waive
from cpsa.cycle.explaining import Said, explain
from cpsa.cycle.extend import extend
from cpsa.cycle.half_year_watch import report_half_years
from cpsa.cycle.import_new_files import import_new_files
from cpsa.cycle.letters import correspond, owed, remind
from cpsa.cycle.mailbox import collect_mailbox
from cpsa.cycle.office import Office
from cpsa.cycle.opening import open_quarter
from cpsa.cycle.prefill import entry_problems, typed
from cpsa.cycle.publishing import publish
from cpsa.cycle.query_figure import query_figure, withdraw_query
from cpsa.cycle.questions import (
    ask_backfill_question,
    ask_question,
    end_question,
    end_question_of_run,
    is_newest_edition,
    newest_edition,
    open_question,
    record_nothing_to_send,
    record_superseded,
)
from cpsa.cycle.registry_load import load_registry, preview_registry
from cpsa.cycle.report_closing import report_closing
from cpsa.cycle.reports import told
from cpsa.cycle.request_update import request_update
from cpsa.cycle.send_approved_packs import send_approved_packs
from cpsa.cycle.stale_periods import stale_periods
from cpsa.cycle.submitted_figures import figures_as_read, preview_with_figures
from cpsa.cycle.templates import filled_template, marked_workbook, template, template_context
from cpsa.cycle.trial import send_test
from cpsa.cycle.undo_closing import undo_closing
from cpsa.cycle.upload import import_upload

__all__ = [
    "Account",
    "Office",
    "Plan",
    "Recorded",
    "Said",
    "account",
    "announce_periods",
    "answer_departments",
    "approve",
    "ask_backfill_question",
    "ask_question",
    "backfill",
    "batches",
    "build",
    "changed_since_sent",
    "check",
    "check_all",
    "close",
    "collect",
    "collect_bounces",
    "collect_inbox",
    "collect_mailbox",
    "correspond",
    "decide",
    "decisions_since",
    "decline_backfill",
    "end_question",
    "end_question_of_run",
    "entry_problems",
    "escalate",
    "explain",
    "extend",
    "figures_as_read",
    "filled_template",
    "finish_announced",
    "import_new_files",
    "import_upload",
    "is_closed",
    "is_newest_edition",
    "load_entries",
    "load_registry",
    "marked_workbook",
    "newest_edition",
    "open_quarter",
    "open_question",
    "owed",
    "plan_dispatch",
    "preview",
    "preview_backfill",
    "preview_registry",
    "preview_with_figures",
    "publish",
    "query_figure",
    "questions",
    "rebuild",
    "record_decisions",
    "record_no_revision",
    "record_nothing_to_send",
    "record_superseded",
    "reject",
    "remind",
    "reopen",
    "report_closing",
    "report_half_years",
    "request_update",
    "require_approved",
    "send",
    "send_approved_packs",
    "send_test",
    "stale_periods",
    "take_in",
    "template",
    "template_context",
    "told",
    "typed",
    "unchecked",
    "undo_closing",
    "unfinished_before",
    "waive",
    "withdraw_query",
    "write_to_approver",
]
