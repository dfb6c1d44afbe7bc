"""What is stored, serialised or known outside keeps its name, whatever code calls it.

The strings are written down in ``stored_strings.yaml``, one table for each family, with the place
where it is stored. Those of Airflow are held by ``tests/dags/test_stored_airflow_strings.py``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer
import yaml
from sqlalchemy import CheckConstraint
from tests.house.sources import INCLUDE, nodes, python_files
from tests.house.stored import (
    field_names,
    require_unchanged,
    still_begun,
    still_written,
    stored_strings,
    texts,
    written_strings,
)

from cpsa.actions.decision import Decision
from cpsa.actions.status import AGE_BANDS
from cpsa.calendar import HalfYear, Quarter
from cpsa.checks.comparison import Comparison
from cpsa.checks.rule_kinds import RULE_KINDS, list_kinds
from cpsa.cli import outbox_commands
from cpsa.cli.action_commands import CHANNEL as CLI_CHANNEL
from cpsa.cli.command_line import app
from cpsa.cli.permissions import COMMANDS_BY_ROLE, list_commands
from cpsa.cli.session import StaffRole
from cpsa.delivery.mail_message import Attachment, MailMessage
from cpsa.documents import content_model, document_key, document_registry
from cpsa.documents.blocks import section
from cpsa.documents.content_model import as_data
from cpsa.framework.model import ADDRESSEES
from cpsa.i18n import catalogue as messages
from cpsa.i18n.text import LANGUAGES
from cpsa.intake.channels.channel import Destination, FileUse
from cpsa.intake.channels.classify_attachment import ENTRIES_SUFFIX
from cpsa.intake.channels.mail_authentication import Proof
from cpsa.intake.file_guard.earlier_causes import EARLIER_CAUSES
from cpsa.intake.readers import entries_reader
from cpsa.intake.readers.workbook import defined_names as names
from cpsa.intake.readers.workbook import template_seal
from cpsa.letters import letter_kinds, letter_policy
from cpsa.online_edition import agency_page, page_addresses, page_writer
from cpsa.online_edition.downloads import list_resources
from cpsa.provenance import table_codes
from cpsa.provenance.snapshot import COLUMNS
from cpsa.registry.cluster_files import CLUSTER_AGENCY_FILE_COLUMNS, CLUSTER_FILE_COLUMNS
from cpsa.registry.registry_changes import RegistryChangeKind
from cpsa.registry.registry_files import (
    AGENCY_COLUMNS,
    BASELINE_COLUMNS,
    RECIPIENT_COLUMNS,
    RECIPIENT_KINDS,
    TARGET_COLUMNS,
    WEIGHT_COLUMNS,
)
from cpsa.services import dispatch_summary, service_results
from cpsa.services.backfill_quarters import document_diff, store_changes
from cpsa.services.backfill_quarters.backfill_request import BackfillStep
from cpsa.services.backfill_quarters.execute_backfill import BACKFILL_VERB, DECLINE_VERB
from cpsa.services.blank_personal_data import BLANKED_VERB, CONTACTS, STAFF
from cpsa.services.clusters import decide_changes
from cpsa.services.collection import channel_rounds, inbox_digests, list_awaiting_arrivals
from cpsa.services.collection.collect_bounces import BounceSummary
from cpsa.services.collection.confirm_arrival import CONFIRMED_VERB
from cpsa.services.collection.import_upload import CHANNEL
from cpsa.services.collection.mail_trust import WaitReason
from cpsa.services.collection.refuse_arrival import REFUSED_VERB
from cpsa.services.collection.write_confirmation_letters import CONFIRM, NOT_CONFIRMED
from cpsa.services.decisions import department_replies
from cpsa.services.decisions.import_report import REPORT_SUFFIX
from cpsa.services.decisions.list_actions import (
    ACTION_COLUMNS,
    PENDENCY_COLUMNS,
)
from cpsa.services.decisions.list_replies import REPLY_COLUMNS
from cpsa.services.decisions.record_decision import DECIDED
from cpsa.services.decisions.settle_reply import ENTERED_VERB
from cpsa.services.delete_expired_files import RETAINED, RULES
from cpsa.services.dispatch import approval_notices, mail_outbox
from cpsa.services.dispatch.approve_dispatch import APPROVED
from cpsa.services.dispatch.dispatch_half_year import BACKFILLED, BY_HAND
from cpsa.services.dispatch.plan_dispatch import REVISED, DispatchPlan, PlannedMail
from cpsa.services.dispatch.record_no_revision import NO_REVISION
from cpsa.services.dispatch.send_test_mail import TEST_CYCLE_SUFFIX
from cpsa.services.dispatch.write_approver_letters import APPROVER
from cpsa.services.letter_summary import AgencyLetterSummary, LetterSummary
from cpsa.services.notify_ops import NOTICE_CYCLE_SUFFIX, OPS
from cpsa.services.publication import restatement_notes
from cpsa.services.publication.trace_figure import TracedFigure, TracedSubmission, TracedTable
from cpsa.services.publication.trace_table_column import TracedCell, TracedColumn, TracedVersion
from cpsa.services.quarter.close_quarter import CLOSED
from cpsa.services.quarter.extend_due_date import EXTENDED
from cpsa.services.quarter.load_registry import LOADED, READDRESSED
from cpsa.services.quarter.open_quarter import OPENED
from cpsa.services.quarter.queried_figure import QueriedFigure
from cpsa.services.quarter.query_figure import QUERIED
from cpsa.services.quarter.request_update import REQUESTED
from cpsa.services.quarter.set_addition_start import ADDITIONS_SET
from cpsa.services.quarter.undo_closing import UNDONE
from cpsa.services.quarter.withdraw_query import WITHDRAWN
from cpsa.services.report_defect import FOLDER
from cpsa.services.reports import list_audit_entries
from cpsa.services.reports.list_arrivals import LIST_COLUMNS
from cpsa.services.reports.list_findings import LISTED_FINDING_COLUMNS
from cpsa.services.reports.list_reporting import REPORTING_COLUMNS
from cpsa.services.reports.measure_programme import SUBMISSION_STATES
from cpsa.services.retention_rules import FILE
from cpsa.services.transfer_store import expected_files, transfer_archive
from cpsa.services.transfer_store.export_store import STORED_FOLDERS
from cpsa.services.verify_store.accept_store import ACCEPTED
from cpsa.settings import VARIABLES, MailTrust, from_environment
from cpsa.signed_links import AgencyLink, ArrivalLink, DepartmentLink, DownloadLink, sign_link
from cpsa.store.as_of import HistoryMark
from cpsa.store.queries import work_item_queries
from cpsa.store.queries.publication_queries import SOURCES
from cpsa.store.queries.quarter_queries import ADDITIONS_FROM, FIRST_QUARTER
from cpsa.store.schema import BLANKED, metadata
from cpsa.store.tables.closing_tables import ClosingKind
from cpsa.store.tables.department_reply_tables import ReplyKind
from cpsa.store.tables.dispatch_tables import MailState
from cpsa.store.tables.publication_tables import PublicationKind, QuestionKind, QuestionOutcome
from cpsa.submissions.state import ObligationState, SubmissionState
from cpsa.submissions.update import HEADER as UPDATE_HEADER
from cpsa.template.lists_sheet import list_name
from cpsa.template.report_form import report_form_names
from cpsa.template.report_form.report_form_reader import FAMILY
from cpsa.template.report_form.report_form_writer import READABLE
from cpsa.web.board.agency_filter import CHOICES, SORTS
from cpsa.web.portal import form_token
from cpsa.web.portal.form_token import FormTokens
from cpsa.web.portal.routes import (
    confirmation_routes,
    document_routes,
    form_routes,
    home_routes,
    receipt_routes,
    reply_routes,
    service_routes,
    upload_routes,
)

INSTANT = datetime(2026, 11, 15, 4, 30, tzinfo=UTC)
KEY = b"a key of sixteen"
AIRFLOWS_OWN = "airflow_"  # families that begin so are held by the tests of the DAGs


def tables() -> dict[str, str]:
    return {
        str(table.name): " ".join(column.name for column in table.columns)
        for table in metadata.sorted_tables
    }


def constraints() -> dict[str, str]:
    return {
        f"{table.name}.{constraint.name}": str(constraint.sqltext)
        for table in metadata.sorted_tables
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }


def mail_places() -> dict[str, str]:
    return {
        "pack of a department": letter_kinds.PACK_SLOT,
        "pack, as the board counts it": work_item_queries.PACK_SLOT,
        "failure of a task": work_item_queries.FAILURE_SLOT_PREFIX,
        "copies of a trial": work_item_queries.TEST_COPIES,
        "cycle of notices": NOTICE_CYCLE_SUFFIX,
        "cycle of trials": TEST_CYCLE_SUFFIX,
        "cycle of replies": department_replies.REPLY_CYCLE_SUFFIX,
        "recipient of notices": OPS,
        "recipient who approves": APPROVER,
        "to confirm an arrival": CONFIRM,
        "an arrival was not confirmed": NOT_CONFIRMED,
    }


def letter_slots() -> list[str]:
    return [
        letter_kinds.LetterKind.REQUEST.make_slot(),
        letter_kinds.LetterKind.RECEIPT.make_slot(2),
        letter_kinds.LetterKind.REMINDER.make_slot(step="before-5"),
        letter_kinds.LetterKind.QUERY.make_slot(step="12"),
    ]


def reminder_steps() -> list[str]:
    return list(letter_policy.LetterPolicy.load(INCLUDE / "programme" / "reference").steps)


def mail_identities() -> dict[str, str]:
    file = Attachment(Path("a.pdf"), "a.pdf", "a" * 64)
    mail = MailMessage(
        *("2025-26-H2", "pack", "BANKS:to:1", "A", "a@example.org", "en"),
        *("subject", "html", "text", (file,)),
    )
    planned = PlannedMail(mail, 3)
    plan = DispatchPlan("2025-26-H2", (planned,), 0, 0)
    return {
        "message_id": mail.make_message_id(1),
        "message_id with a secret": mail.make_message_id(1, KEY),
        "digest of a plan": plan.digest,
    }


def backfill_digest() -> dict[str, object]:
    figure = store_changes.FigureChange("2025-26-Q1", "IA-INDPH", "OP2", "women", 100, None)
    score = store_changes.ScoreChange("2025-26-Q1", "IA-INDPH", "state", "a", "b")
    found = store_changes.FindingChange(
        *("2025-26-Q1", "IA-INDPH", "Q02", "warning", "OP2", "", "1", "2"), appears=True
    )
    made = store_changes.StoreChanges(
        (store_changes.SubmissionChange("2025-26-Q1", "IA-INDPH", 2, "returned", "accepted"),),
        *((figure,), (found,), (score,), (figure,), ("2025-26-Q1",), ("PA-2025-26-Q1-001",)),
    )
    return {
        "digest": made.digest,
        "changes": field_names(store_changes.StoreChanges),
        "file": field_names(store_changes.SubmissionChange),
        "figure": field_names(store_changes.FigureChange),
        "finding": field_names(store_changes.FindingChange),
        "score": field_names(store_changes.ScoreChange),
        "document": field_names(document_diff.DocumentDifference),
        "how a document differs": texts(document_diff.DifferenceKind),
        "parts": texts(BackfillStep),
    }


def ledger_reasons() -> list[str]:
    known = {
        key.removeprefix("deliver.why.")
        for key in messages.load_catalogue()
        if key.startswith("deliver.why.")
    }
    return sorted(known & written_strings())


def audit_verbs() -> list[str]:
    named = {
        *(APPROVED, NO_REVISION, CLOSED, DECIDED),
        *(CONFIRMED_VERB, REFUSED_VERB),
        *(ENTERED_VERB, REVISED, BACKFILLED),
        *(BY_HAND, BACKFILL_VERB, DECLINE_VERB, EXTENDED, OPENED),
        *(QUERIED, WITHDRAWN, LOADED),
        *(READDRESSED, approval_notices.REJECTED, REQUESTED),
        *(decide_changes.CONFIRMED, decide_changes.REFUSED),
        *(ACCEPTED, ADDITIONS_SET, BLANKED_VERB, RETAINED, UNDONE),
    }
    direct = {"reopen", "waive", "retry mail", "resolve mail"} & written_strings()
    return sorted(named | direct)


def audit_texts() -> list[str]:
    return sorted(key for key in messages.load_catalogue() if key.startswith("audit.verb."))


def channels() -> dict[str, str]:
    return {
        "folder": channel_rounds.FOLDER,
        "mailbox": channel_rounds.MAILBOX,
        "command line": CLI_CHANNEL,
        "portal": CHANNEL,
        "undelivered mail": channel_rounds.UNDELIVERED,
    }


def stored_keys() -> list[str]:
    """Of the keys that may be stored those that the catalogue still has."""
    catalogue = messages.load_catalogue()
    return [key for key in stored_strings()["stored_text_keys"]["values"] if key in catalogue]


def document_kinds() -> dict[str, list[str]]:
    return {
        code: [kind.short_code, *kind.formats]
        for code, kind in document_registry.DOCUMENT_KINDS.items()
    }


def document_names() -> dict[str, object]:
    half = HalfYear.parse("2025-26-H2")
    key = document_key.DocumentKey(document_registry.POLICY_ACTIONS, half, "BANKS", "hi", "pdf")
    return {
        "about the state": document_key.STATE,
        "for all departments": document_key.ALL,
        "languages": list(LANGUAGES),
        "path": key.path,
        "reference": key.reference,
        "trace code": table_codes.make_table_code(key.reference, 4),
        "alphabet": table_codes.ALPHABET,
    }


def document_rows() -> dict[str, object]:
    edition = {
        **dict.fromkeys(("id", "kind", "period", "subject", "language", "format", "sha256"), ""),
        "mark": None,
    }
    note = restatement_notes.serialise_note(
        "BANKS", [restatement_notes.ReplacedEdition(edition, edition, "<1@x>", INSTANT)]
    )
    (replaced,) = note["documents"]
    return {
        "mark": field_names(HistoryMark),
        "replaces": sorted(note),
        "replaces, each document": sorted(replaced),
        "replaces, each edition": sorted(replaced["old"]),
        "inputs_of": sorted(
            name
            for key in messages.load_catalogue()
            if (name := key.removeprefix("cli.input.")) != key and name in written_strings()
        ),
        "publication.mark": list(SOURCES),
    }


def rule_kinds() -> dict[str, str]:
    """Of every rule its kind, where code still has one of that name."""
    rules: dict[str, str] = {}
    for file in sorted((INCLUDE / "programme" / "framework").glob("*.rules.yaml")):
        shipped = yaml.safe_load(file.read_text("utf-8"))["rules"]
        rules |= {rule: about["kind"] for rule, about in shipped.items()}
    return {rule: kind for rule, kind in sorted(rules.items()) if kind in RULE_KINDS}


def comparing_rules() -> list[str]:
    return sorted(list_kinds(Comparison))


def blocks() -> dict[str, list[str]]:
    shown = {
        *(
            content_model.Paragraph,
            content_model.Nothing,
            content_model.Subheading,
            content_model.Tiles,
            content_model.Table,
        ),
        *(
            content_model.Quotes,
            content_model.Bars,
            content_model.Trend,
            content_model.Case,
            content_model.Cell,
            content_model.Column,
        ),
        *(
            content_model.Rows,
            content_model.Tile,
            content_model.Quote,
            content_model.Bar,
            content_model.Series,
            content_model.Mark,
        ),
        *(
            content_model.Fact,
            content_model.Section,
            content_model.Cover,
            content_model.Wording,
            content_model.Content,
        ),
    }
    named = {block.__name__.lower(): field_names(block) for block in shown}
    assert as_data(content_model.Nothing("a")) == {"text": "a", "is": "nothing"}
    return dict(sorted(named.items()))


def section_ids() -> list[str]:
    makers = {section.__name__, content_model.Section.__name__}
    return sorted(
        {
            text
            for file in python_files(INCLUDE / "cpsa")
            for maker, text in first_arguments(file)
            if maker in makers
        }
    )


def first_arguments(file: Path) -> Iterator[tuple[str, str]]:
    """Of calls by a plain name, with a string first: the name and the string."""
    for node in nodes(file):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield node.func.id, first.value


def links() -> dict[str, str]:
    return {
        "of an agency": sign_link(KEY, AgencyLink("IA-INDPH", "2026-27-Q2", INSTANT)),
        "of a document": sign_link(KEY, DownloadLink("a" * 64, "a.pdf", INSTANT)),
        "of an arrival": sign_link(KEY, ArrivalLink("7", "IA-INDPH", INSTANT)),
        "of a department": sign_link(KEY, DepartmentLink("BANKS:to:1", "2026-27-H1", INSTANT)),
    }


def seals() -> dict[str, object]:
    signed = template_seal.sign_seal(
        KEY,
        agency="IA-INDPH",
        quarter="2026-27-Q2",
        framework="1",
        template="IA-1-0a0a0a0a",
        names="n",
    )
    return {
        "layout": template_seal.LAYOUT,
        "fields": list(template_seal.FIELDS),
        "code": signed,
        "digest of names": names.digest_names(["in_OP2_total", "NIL_return"]),
        "states": texts(template_seal.SealState),
    }


def defined_names() -> list[str]:
    return [
        names.input_name("OP2", ""),
        names.input_name("OP2", "women"),
        names.note_name("OP2"),
        names.GENERAL_NOTE,
        names.NIL,
        names.OFFICER_NAME,
        names.OFFICER_DESIGNATION,
        names.entry_name("lesson", "text"),
        names.table_name("steps", "planned"),
        names.seal_name("agency"),
        list_name("theme"),
        *(report_form_names.column_name(column) for column in report_form_names.COLUMNS),
        report_form_names.POST,
    ]


def report_forms() -> dict[str, object]:
    return {"family": FAMILY, "readable": list(READABLE), "kind": report_form_names.KIND}


def home_files() -> dict[str, object]:
    home = Path("/srv/cpsa")
    settings = from_environment({"CPSA_HOME": str(home)})
    return {
        "received": str(settings.received.relative_to(home)),
        "documents": str(settings.documents.relative_to(home)),
        "public": str(settings.public.relative_to(home)),
        "inbox": str(Path(settings.inbox).relative_to(home)),
        "store": settings.database_url.rpartition("/")[2],
        "in a transfer": list(STORED_FOLDERS),
        "of each table": list(expected_files.TABLES),
        "defects": FOLDER,
        "digests of the inbox": inbox_digests.DIGESTS_FILE,
        "retention": FILE,
        "letters": letter_policy.POLICY_FILE,
        "written in code": sorted({"editions", "letters", "mails", "seal.key"} & written_strings()),
        "entries end in": ENTRIES_SUFFIX,
        "reports end in": REPORT_SUFFIX,
    }


def transfer() -> dict[str, object]:
    return {
        "format": transfer_archive.FORMAT,
        "manifest": transfer_archive.MANIFEST,
        "seal key": transfer_archive.SEAL_KEY,
        "of the manifest": field_names(transfer_archive.Manifest),
        "of a table": field_names(transfer_archive.TablePart),
        "of files": field_names(transfer_archive.FilesPart),
    }


def table_columns() -> dict[str, list[str]]:
    return {
        "findings": LISTED_FINDING_COLUMNS,
        "reporting": REPORTING_COLUMNS,
        "actions": ACTION_COLUMNS,
        "pendency": PENDENCY_COLUMNS,
        "replies": REPLY_COLUMNS,
        "arrivals": LIST_COLUMNS,
        "arrivals that wait": list_awaiting_arrivals.LIST_COLUMNS,
        "outbox": outbox_commands.COLUMNS,
        "outbox by cycle": outbox_commands.COUNTS,
        "audit": list_audit_entries.COLUMNS,
        "registry, agencies": AGENCY_COLUMNS,
        "registry, targets": TARGET_COLUMNS,
        "registry, baselines": BASELINE_COLUMNS,
        "registry, weights": WEIGHT_COLUMNS,
        "registry, recipients": RECIPIENT_COLUMNS,
        "registry, clusters": CLUSTER_FILE_COLUMNS,
        "registry, cluster_agencies": CLUSTER_AGENCY_FILE_COLUMNS,
        "an update": list(UPDATE_HEADER),
        "entries": [*entries_reader.COLUMNS],
    }


def json_keys() -> dict[str, list[str]]:
    return {
        "open_quarter": field_names(service_results.OpenQuarterResult),
        "collect, each file": field_names(service_results.IntakeResult),
        "collect, counts": list(service_results.CollectSummary(()).as_json()),
        "check, each update": field_names(service_results.SubmissionResult),
        "check": list(service_results.CheckResult("2026-27-Q2").as_json()),
        "close_quarter": field_names(service_results.CloseQuarterResult),
        "close --undo": field_names(service_results.UndoClosingResult),
        "publish": field_names(service_results.PublishResult),
        "build": field_names(service_results.BuildResult),
        "send": field_names(dispatch_summary.DispatchSummary),
        "plan of a dispatch": list(DispatchPlan("2025-26-H2", (), 0, 0).as_json()),
        "letters to agencies": field_names(AgencyLetterSummary),
        "letters to departments": field_names(LetterSummary),
        "bounces": list(BounceSummary().as_json()),
        "outbox by cycle": field_names(mail_outbox.CycleMailCounts),
        "query": field_names(QueriedFigure),
        "trace": field_names(TracedTable),
        "trace, each figure": field_names(TracedFigure),
        "trace, each update": field_names(TracedSubmission),
        "trace of a column": field_names(TracedColumn),
        "trace of a column, each version": field_names(TracedVersion),
        "trace of a column, each cell": field_names(TracedCell),
    }


def public_addresses() -> list[str]:
    return [
        *(
            page_addresses.HOME,
            page_addresses.NAMES,
            page_addresses.DISTRICTS,
            page_addresses.CHECKS,
        ),
        *(page_addresses.DATA, page_addresses.TO_DATE, page_addresses.DOWNLOADS),
        page_addresses.make_agency_address("IA-INDPH"),
        page_addresses.make_district_address("West Nimar"),
        page_addresses.make_quarter_address(Quarter.parse("2026-27-Q2")),
        page_addresses.make_agency_source_address("IA-INDPH", "2026-27-Q2"),
        page_addresses.make_district_source_address("West Nimar", page_addresses.TO_DATE),
        page_addresses.make_state_source_address("2026-27-Q2", "output"),
        page_addresses.make_figure_anchor("OP2"),
        page_addresses.make_figure_anchor("OP2", "women"),
        *(agency_page.TARGET, agency_page.BASELINE, agency_page.WHOLE),
        *sorted(page_writer.SHARED),
    ]


def portal_routes() -> list[str]:
    parts = (
        service_routes,
        home_routes,
        upload_routes,
        form_routes,
        receipt_routes,
        document_routes,
        confirmation_routes,
        reply_routes,
    )
    return sorted(
        f"{method} {route.path}"
        for part in parts
        for route in part.router.routes
        for method in route.methods
    )


def form_fields() -> list[str]:
    """The fields of our pages' forms that have a name of their own, and the cookie's."""
    named = re.compile(r"<(?:input|select|textarea|button)[^>]* name=\"([\w.-]+)\"")
    pages = sorted((INCLUDE / "templates").rglob("*.html.j2"))
    return sorted({name for page in pages for name in named.findall(page.read_text("utf-8"))})


def form_tokens() -> dict[str, str]:
    tokens = FormTokens(KEY)
    return {
        "cookie": form_token.COOKIE,
        "field": form_token.FIELD,
        "token in the field": tokens.field("a link"),
        "token in the cookie": tokens.cookie("a link"),
    }


class RecordingEnvironment(Mapping[str, str]):
    """An empty environment that records which names are read."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.names.add(name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def settings_read() -> list[str]:
    environment = RecordingEnvironment()
    from_environment(environment)
    return sorted(environment.names)


def settings_named() -> list[str]:
    written = (text for text in written_strings() if re.fullmatch(r"CPSA_[A-Z_]+", text))
    return sorted({*VARIABLES, *written})


def command_options() -> dict[str, str]:
    """Of every command its arguments, in order, and its options."""
    return {
        path: " ".join(word for parameter in command.params for word in words_of(parameter))
        for path, command in sorted(list_commands(typer.main.get_command(app)).items())
    }


def words_of(parameter: Any) -> list[str]:
    if parameter.param_type_name == "argument":
        return [parameter.name.upper()]
    return [option for option in parameter.opts if option != "--help"]


def role_commands() -> dict[str, list[str]]:
    return {str(role): sorted(COMMANDS_BY_ROLE[role]) for role in StaffRole}


PRESENT: dict[str, Callable[[], Any]] = {
    "tables": tables,
    "constraints": constraints,
    "programme_settings": lambda: [FIRST_QUARTER, f"{ADDITIONS_FROM}1.6.0"],
    "letter_kinds": lambda: texts(letter_kinds.LetterKind),
    "letter_slots": letter_slots,
    "reminder_steps": reminder_steps,
    "mail_places": mail_places,
    "notice_slots": lambda: still_begun("notice_slots"),
    "mail_identities": mail_identities,
    "mail_states": lambda: texts(MailState),
    "ledger_reasons": ledger_reasons,
    "submission_states": lambda: texts(SubmissionState),
    "obligation_states": lambda: texts(ObligationState),
    "closing_kinds": lambda: texts(ClosingKind),
    "publication_kinds": lambda: texts(PublicationKind),
    "question_kinds": lambda: texts(QuestionKind),
    "question_outcomes": lambda: texts(QuestionOutcome),
    "reply_kinds": lambda: texts(ReplyKind),
    "decisions": lambda: texts(Decision),
    "age_bands": lambda: [name for name, _ in AGE_BANDS],
    "arrival_outcomes": lambda: list(service_results.OUTCOMES),
    "wait_reasons": lambda: texts(WaitReason),
    "sender_proofs": lambda: texts(Proof),
    "mail_trust": lambda: texts(MailTrust),
    "file_uses": lambda: texts(FileUse),
    "channels": channels,
    "mailbox_folders": lambda: texts(Destination),
    "explanation_sources": lambda: still_written("explanation_sources"),
    "entry_kinds": lambda: entries_reader.KINDS,
    "urgencies": lambda: list(entries_reader.URGENCIES),
    "addressees": lambda: list(ADDRESSEES),
    "recipient_kinds": lambda: list(RECIPIENT_KINDS),
    "registry_changes": lambda: texts(RegistryChangeKind),
    "audit_verbs": audit_verbs,
    "audit_texts": audit_texts,
    "retention_rules": lambda: [*RULES, CONTACTS, STAFF],
    "blanked": lambda: BLANKED,
    "stored_text_keys": stored_keys,
    "earlier_causes": lambda: list(EARLIER_CAUSES),
    "document_kinds": document_kinds,
    "document_names": document_names,
    "document_rows": document_rows,
    "document_frames": lambda: {name: list(columns) for name, columns in COLUMNS.items()},
    "rule_kinds": rule_kinds,
    "comparing_rules": comparing_rules,
    "blocks": blocks,
    "tones": lambda: texts(content_model.Tone),
    "cell_kinds": lambda: texts(content_model.CellKind),
    "section_ids": section_ids,
    "links": links,
    "seals": seals,
    "defined_names": defined_names,
    "report_forms": report_forms,
    "home_files": home_files,
    "transfer": transfer,
    "table_columns": table_columns,
    "json_keys": json_keys,
    "backfill": backfill_digest,
    "public_addresses": public_addresses,
    "portal_routes": portal_routes,
    "form_fields": form_fields,
    "form_tokens": form_tokens,
    "board_choices": lambda: [*CHOICES, *SORTS],
    "metrics": lambda: still_written("metrics"),
    "metric_families": lambda: still_begun("metric_families"),
    "metric_states": lambda: list(SUBMISSION_STATES),
    "settings_read": settings_read,
    "settings_named": settings_named,
    "commands": command_options,
    "roles": role_commands,
    "loggers": lambda: still_written("loggers"),
}


@pytest.mark.parametrize("family", PRESENT)
def test_what_is_stored_keeps_its_name(family: str) -> None:
    require_unchanged(family, PRESENT[family]())


def test_downloads_keep_their_columns(framework) -> None:
    """They are made of the framework's groups, too."""
    made: Any = SimpleNamespace(framework=framework)
    columns = {
        name: [field.name for field in table.fields] for name, table in list_resources(made).items()
    }
    require_unchanged("downloads", columns)


def test_every_family_is_compared() -> None:
    own = {family for family in stored_strings() if not family.startswith(AIRFLOWS_OWN)}
    assert own == {*PRESENT, "downloads"}
    assert all(table["where"].endswith(".") for table in stored_strings().values())
