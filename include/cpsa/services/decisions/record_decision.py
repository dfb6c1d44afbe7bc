"""Records one decision by CPSA itself."""

from __future__ import annotations

from datetime import datetime

from cpsa.actions.answers import Answer
from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.services.decisions.record_decisions import judge_form_answers, record_answers
from cpsa.services.department_codes import replace_former_codes
from cpsa.store.database import write_transaction
from cpsa.store.queries import action_queries, audit_queries

DECIDED = "decide action"


def record_decision(
    context: AppContext,
    number: str,
    decision: str,
    day: str,
    remarks: str,
    who: str,
    now: datetime,
    promised: str = "",
) -> bool:
    """Record one decision by CPSA itself, such as a reply that is not accepted.

    ``promised``: the date by which it is due. False when it was recorded before. RequestError when it cannot be.
    """
    with write_transaction(context.engine, alone=True) as connection:
        actions = replace_former_codes(context, action_queries.load_actions(connection))
        found = actions[actions["number"] == number]
        if found.empty:
            raise RequestError("actions.refused.no_action", value=number)
        department = str(found["department"].iloc[0])
        answer = Answer(number, decision, day, remarks, {}, promised)
        judged = judge_form_answers(context, connection, [answer], department, now, now)
        if judged.faults:
            fault = judged.faults[0]
            raise RequestError(fault.key, value=fault.value)
        record_answers(connection, judged, "CPSA", who, now)
        if judged.accepted:
            audit_queries.add_audit(connection, now, who, DECIDED, f"{number} {decision}", remarks)
    return bool(judged.accepted)
