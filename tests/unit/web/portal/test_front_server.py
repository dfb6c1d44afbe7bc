"""The nginx file that is shipped has the limits of the portal, and logs no link."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.house.sources import ROOT

from cpsa.web.portal import request_body
from cpsa.web.portal.connection_limits import HEAD_BYTES, HEAD_SECONDS, ConnectionLimits

FILE = ROOT / "docs" / "runbooks" / "nginx-portal.conf"

TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def directives() -> dict[str, list[str]]:
    """The values of each directive in the file, in order."""
    found: dict[str, list[str]] = {}
    lines = [line.partition("#")[0].strip() for line in FILE.read_text("utf-8").splitlines()]
    for name, value in re.findall(r"(?m)^(\w+)\s+([^{};]+);$", "\n".join(lines)):
        found.setdefault(name, []).append(" ".join(value.split()))
    return found


def test_its_limits_are_those_of_the_portal() -> None:
    said = directives()
    assert set(said["client_header_timeout"]) == {f"{HEAD_SECONDS}s"}
    number, size = re.fullmatch(r"(\d+) (\d+)k", said["large_client_header_buffers"][0]).groups()
    assert int(number) * int(size) * 1024 == HEAD_BYTES
    assert said["limit_conn"] == [f"cpsa_clients {ConnectionLimits().per_client}"]
    most = int(said["client_max_body_size"][0].removesuffix("m")) * 1024 * 1024
    assert most >= request_body.UPLOAD_BYTES
    assert said["client_body_timeout"] == [f"{request_body._SECONDS_OF_SILENCE}s"]
    assert said["proxy_request_buffering"] == ["off"]


def test_a_client_says_nothing_of_itself_and_no_redirect_takes_its_host() -> None:
    said = directives()
    headers = dict(value.split(" ", 1) for value in said["proxy_set_header"])
    assert headers["X-Forwarded-For"] == "$remote_addr"
    assert headers["X-Forwarded-Proto"] == "$scheme"
    (redirect,) = said["return"]
    assert redirect.startswith("301 https://updates.example.org$")


def test_no_link_is_logged() -> None:
    said = directives()
    assert said["access_log"][0].endswith("if=$cpsa_is_logged")
    pattern = re.search(r"~(\S+) 0;", FILE.read_text("utf-8"))[1]
    for address, is_link in (("/u/abc", True), ("/d/abc", True), ("/health", False)):
        assert bool(re.match(pattern, address)) is is_link


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")
def test_nginx_accepts_it(tmp_path: Path) -> None:
    text = FILE.read_text("utf-8")
    key, certificate = tmp_path / "a.key", tmp_path / "a.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x"),
            "-keyout",
            str(key),
            "-out",
            str(certificate),
        ],
        check=True,
        capture_output=True,
    )
    text = re.sub(r"/etc/ssl/\S+\.pem", str(certificate), text)
    text = re.sub(r"/etc/ssl/\S+\.key", str(key), text)
    text = text.replace("/var/log/nginx", str(tmp_path)).replace("listen 443", "listen 44300")
    whole = tmp_path / "nginx.conf"
    whole.write_text(
        f"pid {tmp_path}/pid;\nerror_log {tmp_path}/error.log;\nevents {{}}\nhttp {{\n"
        + "".join(f"{name}_temp_path {tmp_path}/{name};\n" for name in TEMPORARY)
        + f"{text}\n}}\n"
    )
    answer = subprocess.run(["nginx", "-t", "-c", str(whole)], capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
