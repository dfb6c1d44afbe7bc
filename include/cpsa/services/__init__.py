"""The verbs: what DAG tasks, the command line and the portal call.

Each fetches from the store, calls the pure parts, and writes back in one transaction. The instant
is always passed in.
"""

from cpsa.cycle import questions
from cpsa.cycle.accounts import AgencyQuarter, load_agency_quarter
from cpsa.cycle.announce_periods import announce_periods, finish_announced
from cpsa.cycle.approver_letters import write_approver_letters
from cpsa.cycle.approving import approve_dispatch, escalate_approval, reject_dispatch
from cpsa.cycle.arriving import import_update, list_unchecked_quarters
from cpsa.cycle.backfilling import decline_backfill, execute_backfill, preview_backfill
from cpsa.cycle.bounces import collect_bounces
from cpsa.cycle.build_documents import build_documents
from cpsa.cycle.building import rebuild_document
from cpsa.cycle.changed_documents import list_changed_half_years, record_no_revision
from cpsa.cycle.check_updates import check_quarter, check_updates
from cpsa.cycle.checking import check_file, list_check_batches
from cpsa.cycle.closing import close_quarter, is_quarter_closed, list_earlier_open_quarters
from cpsa.cycle.collecting import collect_inbox, collect_updates, load_entries
from cpsa.cycle.decisions import (
    DecisionSummary,
    list_decisions_since,
    record_decision,
    record_decisions,
)
from cpsa.cycle.department_letters import answer_departments
from cpsa.cycle.dispatching import DispatchPlan, dispatch_half_year, plan_dispatch, require_approved
from cpsa.cycle.exceptions import reopen_quarter, waive_rule
from cpsa.cycle.explaining import WarningAnswer, explain_warnings
from cpsa.cycle.extend import extend_due_date
from cpsa.cycle.half_year_watch import report_missing_questions
from cpsa.cycle.import_new_files import import_new_files
from cpsa.cycle.letters import list_unwritten_letters, remind_agencies, send_letters
from cpsa.cycle.mailbox import collect_mailbox
from cpsa.cycle.office import AppContext
from cpsa.cycle.opening import open_quarter
from cpsa.cycle.prefill import find_entry_problems, load_typed_values
from cpsa.cycle.publishing import publish_quarter
from cpsa.cycle.query_figure import query_figure, withdraw_query
from cpsa.cycle.questions import (
    end_question,
    end_question_of_run,
    find_newest_edition_digest,
    find_open_question,
    is_newest_edition,
    record_backfill_question,
    record_nothing_to_send,
    record_question,
    record_superseded,
)
from cpsa.cycle.registry_load import load_registry, preview_registry
from cpsa.cycle.report_closing import report_closing
from cpsa.cycle.reports import tabulate_findings
from cpsa.cycle.request_update import request_update
from cpsa.cycle.send_approved_packs import send_approved_packs
from cpsa.cycle.stale_periods import find_stale_periods
from cpsa.cycle.submitted_figures import load_figures_as_read, preview_with_figures
from cpsa.cycle.templates import (
    build_filled_template,
    build_template,
    build_template_context,
    mark_workbook,
)
from cpsa.cycle.trial import send_test_mail
from cpsa.cycle.undo_closing import undo_closing
from cpsa.cycle.upload import import_upload

__all__ = [
    "AgencyQuarter",
    "AppContext",
    "DecisionSummary",
    "DispatchPlan",
    "WarningAnswer",
    "announce_periods",
    "answer_departments",
    "approve_dispatch",
    "build_documents",
    "build_filled_template",
    "build_template",
    "build_template_context",
    "check_file",
    "check_quarter",
    "check_updates",
    "close_quarter",
    "collect_bounces",
    "collect_inbox",
    "collect_mailbox",
    "collect_updates",
    "decline_backfill",
    "dispatch_half_year",
    "end_question",
    "end_question_of_run",
    "escalate_approval",
    "execute_backfill",
    "explain_warnings",
    "extend_due_date",
    "find_entry_problems",
    "find_newest_edition_digest",
    "find_open_question",
    "find_stale_periods",
    "finish_announced",
    "import_new_files",
    "import_update",
    "import_upload",
    "is_newest_edition",
    "is_quarter_closed",
    "list_changed_half_years",
    "list_check_batches",
    "list_decisions_since",
    "list_earlier_open_quarters",
    "list_unchecked_quarters",
    "list_unwritten_letters",
    "load_agency_quarter",
    "load_entries",
    "load_figures_as_read",
    "load_registry",
    "load_typed_values",
    "mark_workbook",
    "open_quarter",
    "plan_dispatch",
    "preview_backfill",
    "preview_registry",
    "preview_with_figures",
    "publish_quarter",
    "query_figure",
    "questions",
    "rebuild_document",
    "record_backfill_question",
    "record_decision",
    "record_decisions",
    "record_no_revision",
    "record_nothing_to_send",
    "record_question",
    "record_superseded",
    "reject_dispatch",
    "remind_agencies",
    "reopen_quarter",
    "report_closing",
    "report_missing_questions",
    "request_update",
    "require_approved",
    "send_approved_packs",
    "send_letters",
    "send_test_mail",
    "tabulate_findings",
    "undo_closing",
    "waive_rule",
    "withdraw_query",
    "write_approver_letters",
]
