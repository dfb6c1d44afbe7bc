"""Who may do what on the board, in Airflow's own permissions, whatever the auth manager.

Viewer: may read DAGs, so sees every page. Ops: may start runs, so may also fetch received files
and put questions about figures to agencies, which is all that the board itself changes; its other links lead to
where Airflow checks its own permissions.
"""

from __future__ import annotations

from typing import Annotated, Any

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_dag
from fastapi import Depends

COLLECT_DAG = "collect_updates"

require_viewer = requires_access_dag(method="GET")
require_ops = requires_access_dag(
    method="POST", access_entity=DagAccessEntity.RUN, param_dag_id=COLLECT_DAG
)


def is_ops(user: GetUserDep) -> bool:
    """Whether this user may start runs."""
    details = DagDetails(id=COLLECT_DAG)
    manager: Any = get_auth_manager()
    result: bool = manager.is_authorized_dag(
        method="POST", access_entity=DagAccessEntity.RUN, details=details, user=user
    )
    return result


MayAct = Annotated[bool, Depends(is_ops)]
