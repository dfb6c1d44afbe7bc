"""What a person fills in to start a run for a period by hand; scheduled runs have the defaults."""

from __future__ import annotations

from airflow.sdk import Param

_OPTIONAL_TEXT = ["null", "string"]  # a field that may not be blank keeps the button from working


def make_period_field() -> dict[str, Param]:
    """Which quarter or half-year the run is for; blank: its partition key says so."""
    return {
        "period": Param(
            None,
            type=_OPTIONAL_TEXT,
            title="Period · अवधि",
            description="Such as 2026-27-Q2; leave it blank where the partition key names it. "
            "जैसे 2026-27-Q2; यदि partition key में अवधि दी है तो खाली छोड़ें।",
        )
    }


def make_period_and_reason_fields() -> dict[str, Param]:
    """Which period, and why the run is started by hand; both are kept in the audit trail."""
    return {
        **make_period_field(),
        "reason": Param(
            None,
            type=_OPTIONAL_TEXT,
            title="Reason · कारण",
            description="Why this is done by hand; kept in the audit trail. "
            "यह हाथ से क्यों किया जा रहा है; कारण अभिलेख में रहता है।",
        ),
    }
