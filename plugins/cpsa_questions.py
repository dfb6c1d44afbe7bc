"""The plugin that lets only admins answer an admin's question.

Registration only; who is an admin is in ``cpsa_airflow.admin_answers``.
"""

from __future__ import annotations

from typing import ClassVar

from airflow.plugins_manager import AirflowPlugin

from cpsa_airflow.admin_answers import AdminAnswerMiddleware


class CpsaQuestionsPlugin(AirflowPlugin):
    """Looks at each answer in Airflow's web server before it is taken."""

    name = "cpsa_questions"
    fastapi_root_middlewares: ClassVar = [
        {"name": "CPSA admins answer", "middleware": AdminAnswerMiddleware}
    ]
