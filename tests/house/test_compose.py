"""The containers: a file that Compose accepts, healthy services, and no secret in sight."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import compose_spec
import pytest
import yaml

from cpsa.settings import VARIABLES

HOUSE = Path(__file__).resolve().parents[2]
SERVERS = {
    "postgres",
    "redis",
    "api-server",
    "scheduler",
    "dag-processor",
    "triggerer",
    "worker-1",
    "worker-2",
    "catcher-1",
    "catcher-2",
    "portal",
}
ONE_SHOTS = {"migrate-airflow", "migrate-cpsa", "first-admin", "seed", "cpsa"}
SECRET_NAMES = re.compile(r"PASSWORD|SECRET|_KEY|_CONN\b|BROKER_URL|RESULT_BACKEND|SMTP_URL")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The file with its anchors and merges resolved, as Compose reads it."""
    return yaml.safe_load((HOUSE / "docker-compose.yaml").read_text("utf-8"))


@pytest.fixture(scope="module")
def dockerfile() -> str:
    return (HOUSE / "Dockerfile").read_text("utf-8")


def texts(value: Any) -> Iterator[str]:
    """Every text within a part of the file."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield str(key)
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    else:
        yield str(value)


def require_valid(compose: dict[str, Any]) -> None:
    """Raise ValueError unless the Compose specification allows it, its variables at their defaults."""
    text = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", json.dumps(compose))
    compose_spec.PyCompose.from_yaml(text)


def test_the_file_is_what_the_compose_specification_allows(compose: dict[str, Any]) -> None:
    require_valid(compose)


@pytest.mark.parametrize(
    "mistake",
    [
        {"restarts": "always"},
        {"healthcheck": {"test": ["CMD", "true"], "intervals": "10s"}},
        {"depends_on": {"redis": {"condition": "service_fine"}}},
        {"ports": ["127.0.0.1:eighty:8080"]},
    ],
)
def test_the_specification_is_really_asked(compose: dict[str, Any], mistake: dict) -> None:
    with pytest.raises(ValueError, match=r"restarts|intervals|service_fine|port"):
        require_valid({**compose, "services": {"one": {"image": "postgres:16", **mistake}}})


def test_the_services_are_these(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == SERVERS | ONE_SHOTS


@pytest.mark.parametrize("name", sorted(SERVERS))
def test_a_server_tells_its_health_and_comes_back(compose: dict[str, Any], name: str) -> None:
    service = compose["services"][name]
    assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    assert service["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", sorted(ONE_SHOTS))
def test_a_one_shot_runs_once(compose: dict[str, Any], name: str) -> None:
    service = compose["services"][name]
    assert service.get("restart", "no") == "no"
    assert "healthcheck" not in service


def test_who_waits_waits_for_something_that_can_come(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        for other, needed in service.get("depends_on", {}).items():
            awaited = {
                "service_healthy": SERVERS,
                "service_completed_successfully": ONE_SHOTS,
            }[needed["condition"]]
            assert other in awaited, f"{name} waits for {other} to be {needed['condition']}"
    workers = [compose["services"][name]["depends_on"] for name in ("worker-1", "worker-2")]
    assert all("migrate-cpsa" in needs and "migrate-airflow" in needs for needs in workers)


@pytest.mark.parametrize("name", ["api-server", "triggerer", "worker-1", "worker-2"])
def test_who_asks_the_store_can_reach_it(compose: dict[str, Any], name: str) -> None:
    """The board and who may answer, the watch over questions, the tasks."""
    service = compose["services"][name]
    assert service["environment"]["CPSA_DATABASE_URL"].endswith("@postgres/cpsa")
    assert "CPSA_ADMINS" in service["environment"]
    assert "cpsa_db_password" in service["secrets"]
    assert "cpsa-home:/var/lib/cpsa" in service["volumes"]
    assert "migrate-cpsa" in service["depends_on"]


def test_every_secret_is_defined_given_and_asked_for(compose: dict[str, Any]) -> None:
    given: set[str] = set()
    for name, service in compose["services"].items():
        own = set(service.get("secrets", ()))
        named = set(re.findall(r"/run/secrets/(\w+)", " ".join(texts(service))))
        if "configs" in service:
            named |= set(re.findall(r"/run/secrets/(\w+)", " ".join(texts(compose["configs"]))))
        assert named <= own, f"{name} reads secrets it is not given: {named - own}"
        given |= own
    assert given == set(compose["secrets"])
    for name, secret in compose["secrets"].items():
        assert secret == {"file": f"${{CPSA_SECRETS:-./var/secrets}}/{name}"}


def test_no_secret_stands_in_the_file(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        for variable, value in service.get("environment", {}).items():
            if SECRET_NAMES.search(variable):
                assert variable.endswith(("_CMD", "_FILE")), f"{name}: {variable} is no file"
                assert "/run/secrets/" in value
    with_password = re.compile(r"://[^/\s:]*:(?!%s@)[^/\s@]+@")
    assert not [text for text in texts(compose) if with_password.search(text)]


def test_only_the_board_and_the_portal_are_published_and_only_to_this_host(
    compose: dict[str, Any],
) -> None:
    published = {
        name: service["ports"]
        for name, service in compose["services"].items()
        if "ports" in service
    }
    assert published == {
        "api-server": ["127.0.0.1:${CPSA_BOARD_PORT:-8080}:8080"],
        "portal": ["127.0.0.1:${CPSA_PORTAL_PORT:-8090}:8090"],
    }
    assert compose["networks"]["data"] == {"internal": True}
    assert compose["services"]["postgres"]["networks"] == ["data"]
    assert compose["services"]["redis"]["networks"] == ["data"]


def test_every_process_of_ours_has_the_programmes_folder(compose: dict[str, Any]) -> None:
    others = {"postgres", "redis", "catcher-1", "catcher-2"}
    for name in (SERVERS | ONE_SHOTS) - others:
        service = compose["services"][name]
        assert service["environment"]["CPSA_PROGRAMME"] == "/programme", name
        mounted = "${CPSA_PROGRAMME:-./include/programme}:/programme:ro"
        assert mounted in service["volumes"], name


def test_the_portal_which_strangers_reach_holds_little(compose: dict[str, Any]) -> None:
    portal = compose["services"]["portal"]
    assert portal["secrets"] == ["cpsa_db_password"]
    assert portal["read_only"] is True
    assert portal["tmpfs"] == ["/tmp"]
    assert not [name for name in portal["environment"] if "SMTP" in name or "IMAP" in name]


def test_the_portals_command_is_one_the_programme_knows(compose: dict[str, Any]) -> None:
    from typer.testing import CliRunner

    from cpsa.cli.command_line import app

    words = compose["services"]["portal"]["command"].split()
    assert words[:2] == ["cpsa", "portal"]
    answer = CliRunner().invoke(app, [*words[1:], "--help"])
    assert answer.exit_code == 0
    address = compose["services"]["portal"]["healthcheck"]["test"][-1]
    assert address.endswith(f":{words[words.index('--port') + 1]}/health")


def test_every_module_that_a_command_runs_is_there(compose: dict[str, Any]) -> None:
    commands = [service.get("command", "") for service in compose["services"].values()]
    modules = [command[2] for command in commands if command[:2] == ["python", "-m"]]
    assert modules
    for module in modules:
        assert importlib.util.find_spec(module), f"{module} is no module"


def test_the_seeds_program_imports_what_is_there(compose: dict[str, Any]) -> None:
    program = re.search(r"python -c '(.*?)'", compose["services"]["seed"]["command"][-1], re.DOTALL)
    assert program
    imports = [
        node for node in ast.parse(program[1]).body if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    for node in imports:
        exec(ast.unparse(node), {})


def test_our_own_containers_may_do_nothing_they_need_not(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["security_opt"] == ["no-new-privileges:true"], name
        if name != "postgres":  # its entry point changes the user, which needs capabilities
            assert service["cap_drop"] == ["ALL"], name
        assert not service.get("privileged")


def test_settings_are_those_the_programme_knows(compose: dict[str, Any]) -> None:
    sources = (HOUSE / "include" / "cpsa").rglob("*.py")
    written = " ".join(source.read_text("utf-8") for source in sources)
    known = {*VARIABLES, *re.findall(r"CPSA_[A-Z_]+", written)}
    for service in compose["services"].values():
        for variable in service.get("environment", {}):
            if variable.startswith("CPSA_") and variable != "CPSA_ADMIN_EMAIL":
                assert variable.removesuffix("_FILE") in known


def test_the_image_is_airflows_own_in_the_locked_version(dockerfile: str) -> None:
    base = re.search(r"^FROM apache/airflow:([\d.]+)-python([\d.]+)$", dockerfile, re.MULTILINE)
    assert base, "the base image is not apache/airflow:VERSION-pythonVERSION"
    locked = (HOUSE / "requirements.txt").read_text("utf-8")
    assert re.search(
        rf"^apache-airflow==\s*{re.escape(base[1])}\b", _one_line(locked), re.MULTILINE
    )
    assert base[2] == "3.11"


def test_the_image_installs_by_hash_and_runs_as_nobody_special(dockerfile: str) -> None:
    assert re.search(r"pip install .*--require-hashes -r requirements.txt", dockerfile)
    users = re.findall(r"^USER (\S+)$", dockerfile, re.MULTILINE)
    assert users[-1] == "airflow"


def test_secrets_reach_a_command_from_their_files(dockerfile: str, tmp_path: Path) -> None:
    script = tmp_path / "with-secrets"
    found = re.search(r"<<'EOF' /usr/local/bin/with-secrets\n(.*?\n)EOF\n", dockerfile, re.DOTALL)
    assert found
    script.write_text(found[1])
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    for name, content in (("url", "smtp://127.0.0.1:1025\n"), ("word", "a b'c$d\n")):
        (tmp_path / name).write_text(content)
    environment = {
        "PATH": os.environ["PATH"],
        "CPSA_LANGUAGE": "hi",
        "CPSA_SMTP_URL_FILE": str(tmp_path / "url"),
        "PGPASSWORD_FILE": str(tmp_path / "word"),
    }
    seen = subprocess.run(
        [script, "env"], env=environment, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert {"CPSA_SMTP_URL=smtp://127.0.0.1:1025", "PGPASSWORD=a b'c$d", "CPSA_LANGUAGE=hi"} <= set(
        seen
    )
    assert not [line for line in seen if "_FILE=" in line]
    lost = {**environment, "PGPASSWORD_FILE": str(tmp_path / "nowhere")}
    assert subprocess.run([script, "true"], env=lost, capture_output=True).returncode != 0


def _one_line(locked: str) -> str:
    return locked.replace("\\\n", " ")
