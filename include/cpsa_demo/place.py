"""Where the demo lives: its folders, its ports and the environment of its processes."""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

from cpsa.errors import RequestError

_REPOSITORY = Path(__file__).resolve().parents[2]
SAMPLE = _REPOSITORY / "include" / "sample"


@dataclass(frozen=True)
class Place:
    """A home folder of the demo's own, and the two ports it listens on."""

    home: Path
    port: int
    mail_port: int
    language: str

    @property
    def airflow_home(self) -> Path:
        return self.home / "airflow"

    @property
    def inbox(self) -> Path:
        return self.home / "inbox"

    @property
    def documents(self) -> Path:
        return self.home / "documents"

    @property
    def mails(self) -> Path:
        return self.home / "mails"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def unfinished(self) -> Path:
        """Exists from the start of a run to its end: found at a start, the last was cut short."""
        return self.home / "demo-unfinished"

    @property
    def board(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def require_free_ports(self) -> None:
        """RequestError when something else listens on one of the ports."""
        for port, option in ((self.port, "--port"), (self.mail_port, "--mail-port")):
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError as error:
                    raise RequestError("demo.port_taken", port=port, option=option) from error

    def environment(self) -> dict[str, str]:
        """What the processes see: this machine's environment without other Airflow settings."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AIRFLOW__", "AIRFLOW_", "CPSA_"))
        }
        include = str(_REPOSITORY / "include")
        paths = [include, *filter(None, [os.environ.get("PYTHONPATH")])]
        return {**kept, "PYTHONPATH": os.pathsep.join(paths), **self._cpsa(), **self._airflow()}

    def _cpsa(self) -> dict[str, str]:
        """The demo's own store and mail catcher, never those of another installation on this machine."""
        return {
            "CPSA_HOME": str(self.home),
            "CPSA_INBOX": str(self.inbox),
            "CPSA_SMTP_URL": f"smtp://127.0.0.1:{self.mail_port}",
            "CPSA_LETTERS": "hold",  # its agencies sent their files long ago
            "CPSA_LANGUAGE": self.language,
        }

    def _airflow(self) -> dict[str, str]:
        """Airflow for one machine and one hour: SQLite, few workers, everyone here an admin.

        The keys are new at every start, so none is kept in a file; it listens on this machine only.
        """
        sections = {
            "CORE__DAGS_FOLDER": _REPOSITORY / "dags",
            "CORE__PLUGINS_FOLDER": _REPOSITORY / "plugins",
            "CORE__LOAD_EXAMPLES": False,
            "CORE__DAGS_ARE_PAUSED_AT_CREATION": False,
            "CORE__EXECUTOR": "LocalExecutor",
            "CORE__PARALLELISM": 4,
            "CORE__AUTH_MANAGER": "airflow.api_fastapi.auth.managers.simple."
            "simple_auth_manager.SimpleAuthManager",
            "CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": True,
            # Both are needed on any port but 8080, or every task fails without a reason given.
            "CORE__EXECUTION_API_SERVER_URL": f"{self.board}/execution/",
            "API__BASE_URL": self.board,
            "API__HOST": "127.0.0.1",
            "API__PORT": self.port,
            "API__WORKERS": 1,
            "API__SECRET_KEY": secrets.token_urlsafe(64),
            "API_AUTH__JWT_SECRET": secrets.token_urlsafe(64),
            "DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{self.airflow_home / 'airflow.db'}?timeout=60",
            "DATABASE__LOAD_DEFAULT_CONNECTIONS": False,
            "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": 300,
            "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": 0.3,
            "SCHEDULER__MAX_DAGRUNS_TO_CREATE_PER_LOOP": 20,
        }
        settings = {f"AIRFLOW__{name}": str(value) for name, value in sections.items()}
        return {"AIRFLOW_HOME": str(self.airflow_home), **settings}
