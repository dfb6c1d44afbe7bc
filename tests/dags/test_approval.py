"""What a person is shown before mail leaves, and when it leaves after that."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from airflow.sdk.exceptions import AirflowException

from cpsa.calendar import HalfYear
from cpsa.cycle.dispatching import Plan, PlannedMail, Sent
from cpsa.deliver.message import Attachment, Message
from cpsa_airflow import approval

HALF = HalfYear.parse("2026-27-H1")


def mail(name: str = "Nodal officer", *files: str) -> PlannedMail:
    attachments = tuple(Attachment(Path("kept"), file, file) for file in files)
    message = Message(
        HALF.key, "pack", f"{name}:to:1", name, "dic@example.org", "hi", "s", "h", "t", attachments
    )
    return PlannedMail(message, 12_345)


def rows(body: str) -> list[list[str]]:
    """The cells of the table's rows, read as markdown does: an escaped bar is no border."""
    lines = [line for line in body.splitlines() if line.startswith("|")]
    cut = [line.replace("\\|", "\0").strip("|").split("|") for line in lines]
    return [[cell.strip().replace("\0", "|") for cell in cells] for cells in cut]


@pytest.mark.parametrize("language", ["en", "hi"])
def test_the_form_has_a_row_for_each_mail(language):
    plan = Plan(HALF.key, (mail("A", "x.pdf", "y.pdf"), mail("B", "z.pdf")), sent=0, outdated=0)
    form = approval.form(plan, HALF, language)
    heading, border, *mails = rows(form["body"])
    assert len(heading) == len(border) == 4
    assert [row[0] for row in mails] == ["A (dic@example.org)", "B (dic@example.org)"]
    assert [row[2] for row in mails] == ["x.pdf<br>y.pdf", "z.pdf"]
    assert all(row[3].startswith("12 ") for row in mails)
    assert HALF.key in form["subject"]
    assert "15.11.2026" in form["body"]


def test_the_form_names_exactly_what_is_approved():
    one, other = (Plan(HALF.key, (mail("A", name),), 0, 0) for name in ("x.pdf", "y.pdf"))
    digests = {approval.form(plan, HALF, "en")["digest"] for plan in (one, other)}
    assert digests == {one.digest, other.digest}
    assert len(digests) == 2


def test_a_name_cannot_break_out_of_its_cell():
    wicked = "Officer | rows | more <script>"
    plan = Plan(HALF.key, (mail(wicked, "x.pdf"),), 0, 0)
    *_, row = rows(approval.form(plan, HALF, "en")["body"])
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
    assert approval.may_leave(HALF, answer, now) is may


def test_the_task_fails_while_mail_is_left():
    approval.require_complete(Sent(HALF.key, 3, 0, 0, 0, 0), "en")
    with pytest.raises(AirflowException, match=r"1 waiting, 2 refused, 3 uncertain.*no route"):
        approval.require_complete(Sent(HALF.key, 0, 2, 3, 1, 0, "no route"), "en")
