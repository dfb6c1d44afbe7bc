"""What a person is shown before mail leaves, and when it leaves after that."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from cpsa.calendar import HalfYear
from cpsa.delivery.mail_message import Attachment, MailMessage
from cpsa.errors import RequestError
from cpsa.services.dispatch.approval_notices import ApprovalNotice
from cpsa.services.dispatch.plan_dispatch import DispatchPlan, PlannedMail
from cpsa.services.dispatch_summary import DispatchSummary
from cpsa_airflow import approval_form
from cpsa_airflow.web_addresses import BOARD_PATH

HALF = HalfYear.parse("2026-27-H1")


def mail(name: str = "Nodal officer", *files: str) -> PlannedMail:
    attachments = tuple(Attachment(Path("kept"), file, file) for file in files)
    message = MailMessage(
        HALF.key, "pack", f"{name}:to:1", name, "dic@example.org", "hi", "s", "h", "t", attachments
    )
    return PlannedMail(message, 12_345)


def rows(body: str) -> list[list[str]]:
    """The cells of the table's rows, read as markdown does: an escaped bar is no border."""
    lines = [line for line in body.splitlines() if line.startswith("|")]
    cut = [line.replace("\\|", "\0").strip("|").split("|") for line in lines]
    return [[cell.strip().replace("\0", "|") for cell in cells] for cells in cut]


def asked_before(plan: DispatchPlan, language: str = "en") -> dict:
    """The form as it is a week before the dispatch date."""
    week_before = HALF.dispatch_at - timedelta(days=7)
    return approval_form.make_form(plan, HALF, language, BOARD_PATH, "edition", week_before)


@pytest.mark.parametrize("language", ["en", "hi"])
def test_the_form_has_a_row_for_each_mail(language):
    plan = DispatchPlan(
        HALF.key, (mail("A", "x.pdf", "y.pdf"), mail("B", "z.pdf")), sent=0, outdated=0
    )
    form = asked_before(plan, language)
    heading, border, *mails = rows(form["body"])
    assert len(heading) == len(border) == 4
    assert [row[0] for row in mails] == ["A (dic@example.org)", "B (dic@example.org)"]
    named = [re.findall(r"\[(.*?)\]", row[2]) for row in mails]
    assert named == [["x.pdf", "y.pdf"], ["z.pdf"]]
    assert all(row[3].startswith("12 ") for row in mails)
    assert HALF.key in form["subject"]
    assert "15.11.2026" in form["body"]


def test_the_form_names_exactly_what_is_approved():
    one, other = (DispatchPlan(HALF.key, (mail("A", name),), 0, 0) for name in ("x.pdf", "y.pdf"))
    digests = {asked_before(plan)["digest"] for plan in (one, other)}
    assert digests == {one.digest, other.digest}
    assert len(digests) == 2


def test_what_was_approved_for_a_former_code_is_approved():
    before = DispatchPlan(HALF.key, (mail("DIC", "x.pdf"), mail("SNT", "y.pdf")), 0, 0)
    mails = (mail("DOIC", "x.pdf"), mail("SNT", "y.pdf"))
    assert DispatchPlan(HALF.key, mails, 0, 0, former_codes={"DOIC": ("DIC",)}).is_approved(
        before.digest
    )
    assert not DispatchPlan(HALF.key, mails, 0, 0).is_approved(before.digest)
    other = (mail("DOIC", "z.pdf"), mail("SNT", "y.pdf"))
    assert not DispatchPlan(HALF.key, other, 0, 0, former_codes={"DOIC": ("DIC",)}).is_approved(
        before.digest
    )


def test_a_name_cannot_break_out_of_its_cell():
    wicked = "Officer | rows | more <script>"
    plan = DispatchPlan(HALF.key, (mail(wicked, "x.pdf"),), 0, 0)
    *_, row = rows(asked_before(plan)["body"])
    assert len(row) == 4
    assert row[0] == "Officer | rows | more &lt;script> (dic@example.org)"


@pytest.mark.parametrize(
    ("answer", "hours_after_the_day", "may"),
    [
        ({"params_input": {"leave": "on_the_day"}}, -1, False),
        ({"params_input": {"leave": "on_the_day"}}, 0, True),
        ({"params_input": {}}, -1, False),
        ({}, -1, False),
        ({"params_input": None}, 1, True),
        ({"params_input": {"leave": "at_once"}}, -1000, True),
    ],
)
def test_approved_mail_leaves_on_the_day_or_at_once(answer, hours_after_the_day, may):
    now = HALF.dispatch_at + timedelta(hours=hours_after_the_day)
    assert approval_form.can_send(HALF, answer, now) is may


def test_the_task_fails_while_mail_is_left():
    approval_form.require_complete(DispatchSummary(HALF.key, 3, 0, 0, 0, 0), "en")
    with pytest.raises(AirflowException, match=r"1 waiting, 2 refused, 3 uncertain.*no route"):
        approval_form.require_complete(DispatchSummary(HALF.key, 0, 2, 3, 1, 0, "no route"), "en")


def test_what_only_waits_fails_no_task_and_what_a_person_must_see_does(caplog):
    """A full mailbox or a mail server that is away: the next runs of follow_store send it."""
    approval_form.require_settled(DispatchSummary(HALF.key, 3, 0, 0, 0, 0), "en")
    assert not caplog.records
    approval_form.require_settled(DispatchSummary(HALF.key, 1, 0, 0, 2, 0, "no route"), "en")
    assert "2 waiting" in caplog.text
    for failed, uncertain in ((1, 0), (0, 1)):
        with pytest.raises(AirflowException):
            approval_form.require_settled(
                DispatchSummary(HALF.key, 1, failed, uncertain, 0, 0), "en"
            )


def test_the_form_says_what_there_is_to_know_and_where_to_look():
    one = mail("A", "x.pdf", "y [1].pdf")
    linked = PlannedMail(one.message, 12_345)
    remark = ApprovalNotice("missing", {"quarter": "2026-27-Q2", "missing": 3, "expected": 20})
    built = datetime(2026, 11, 14, 4, 30, tzinfo=UTC)
    plan = DispatchPlan(HALF.key, (linked,), 0, 0, (remark,), "figures | restated", built)
    body = asked_before(plan)["body"]
    assert remark.text("en") in body
    assert "14.11.2026 10:00" in body
    assert "figures \\| restated" in body
    *_, row = rows(body)
    editions = [f"{BOARD_PATH}/edition/{file.sha256}" for file in one.message.attachments]
    assert row[2] == f"[x.pdf]({editions[0]}) [y (1).pdf]({editions[1]})"


def test_a_yes_needs_no_reason_to_reject():
    """Airflow's form cannot be answered while a field that may not be empty is."""
    fields = approval_form.make_form_fields()
    assert "null" in fields["why_rejected"].schema["type"]
    assert all(field.value is not None for name, field in fields.items() if name != "why_rejected")


@pytest.mark.parametrize(
    ("run_type", "params", "dry"),
    [
        ("manual", {}, True),
        ("manual", {"dry_run": True}, True),
        ("manual", {"dry_run": False}, False),
        ("asset_triggered", {"dry_run": True}, False),
        ("scheduled", {"dry_run": True}, False),
    ],
)
def test_a_run_by_hand_is_dry_unless_told_otherwise(run_type, params, dry):
    assert approval_form.is_dry_run(run_type, params) is dry


def test_a_revision_needs_a_reason_and_is_off_by_itself():
    defaults = {name: param.value for name, param in approval_form.make_run_params().items()}
    assert approval_form.read_revision_reason(defaults) == ""
    assert approval_form.read_revision_reason({"revise": False, "reason": "x"}) == ""
    assert (
        approval_form.read_revision_reason({"revise": True, "reason": " counted twice "})
        == "counted twice"
    )
    with pytest.raises(AirflowFailException, match="reason"):
        approval_form.read_revision_reason({"revise": True, "reason": " "})


def test_what_follows_the_answer():
    yes = {
        "chosen_options": ["Approve"],
        "params_input": {"leave": "at_once", "backfill": True, "why_rejected": ""},
        "responded_by_user": {"id": "7", "name": "asha"},
    }
    no = {**yes, "chosen_options": ["Reject"], "params_input": {"why_rejected": "wrong month"}}
    assert (approval_form.choose_next_task(yes), approval_form.choose_next_task(no)) == (
        "wait_for_the_day",
        "rebuild",
    )
    planned = {"digest": "d", "reason": ""}
    assert approval_form.make_dispatch_arguments(planned, yes) == {
        "approved": "d",
        "revise": "",
        "who": "asha",
        "backfill": True,
    }
    assert approval_form.make_dispatch_arguments(planned, {})["backfill"] is False
    assert approval_form.read_rejection_reason(no, "en") == "wrong month"
    assert approval_form.read_rejection_reason(yes, "en") == "No reason was given."


def test_a_wrong_request_is_not_tried_again_but_a_database_that_is_away_is():
    with (
        pytest.raises(AirflowFailException, match="newest request"),
        approval_form.fail_without_retry("en"),
    ):
        raise RequestError("cycle.approved_other", period=HALF.key, built="–")
    with pytest.raises(RequestError), approval_form.fail_without_retry("en"):
        raise RequestError("store.unreachable", detail="gone")
