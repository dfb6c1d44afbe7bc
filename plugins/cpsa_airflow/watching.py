"""The former name of ``ops_alerts``: deadlines that Airflow has stored call it by this path.

Nothing else goes here. It can be deleted when no stored deadline names it any more.
"""

from cpsa_airflow.ops_alerts import tell_ops, tell_ops_it_is_late

__all__ = ["tell_ops", "tell_ops_it_is_late"]
