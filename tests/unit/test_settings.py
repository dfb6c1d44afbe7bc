"""Settings: a mapping in, typed settings out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.factories import INCLUDE

from cpsa.errors import RequestError
from cpsa.i18n.catalogue import has_text
from cpsa.i18n.text import LANGUAGES
from cpsa.services import app_context
from cpsa.services.app_context import AppContext
from cpsa.settings import FORMER_FOLDERS, VARIABLES, from_environment
from cpsa.store.database import open_engine


def test_without_anything_set_all_lies_under_one_home(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = from_environment({})
    home = tmp_path / "var"
    assert settings.home == home
    assert settings.database_url == f"sqlite:///{home}/cpsa.db"
    assert settings.inbox == str(home / "inbox")
    assert settings.received == home / "received"
    assert settings.documents == home / "documents"
    assert (settings.language, settings.smtp_url) == ("en", "smtp://127.0.0.1:1025")
    assert settings.mail_from.endswith("example.org")
    assert settings.framework == INCLUDE / "programme" / "framework"
    assert settings.templates == INCLUDE / "templates"
    assert settings.reference == INCLUDE / "programme" / "reference"


def test_what_is_set_is_taken(tmp_path: Path) -> None:
    settings = from_environment(
        {
            "CPSA_HOME": str(tmp_path),
            "CPSA_DATABASE_URL": "postgresql://u@db.example.org/cpsa",
            "CPSA_INBOX": str(tmp_path / "in"),
            "CPSA_LANGUAGE": "hi",
            "CPSA_FRAMEWORK": str(tmp_path / "rules"),
        }
    )
    assert settings.database_url == "postgresql://u@db.example.org/cpsa"
    assert (settings.inbox, settings.framework) == (str(tmp_path / "in"), tmp_path / "rules")
    assert settings.language == "hi"


def test_a_blank_variable_is_one_that_is_not_set(tmp_path: Path) -> None:
    blank = from_environment(
        {"CPSA_HOME": str(tmp_path), "CPSA_DATABASE_URL": "", "CPSA_INBOX": ""}
    )
    assert blank == from_environment({"CPSA_HOME": str(tmp_path)})


def test_only_the_mapping_is_read(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("CPSA_LANGUAGE", "hi")
    assert from_environment({"CPSA_HOME": str(tmp_path)}).language == "en"


@pytest.mark.parametrize("language", ["fr", "EN", "hindi"])
def test_a_language_we_do_not_write_is_refused(language: str) -> None:
    with pytest.raises(RequestError) as refused:
        from_environment({"CPSA_LANGUAGE": language})
    assert language in refused.value.text("hi")


def test_how_many_processes_make_documents(tmp_path: Path) -> None:
    home = {"CPSA_HOME": str(tmp_path)}
    assert from_environment(home).render_workers >= 1
    assert from_environment({**home, "CPSA_RENDER_WORKERS": "3"}).render_workers == 3


def test_a_setting_is_read_by_its_former_name_with_a_warning(tmp_path: Path, caplog) -> None:
    former = {"CPSA_HOME": str(tmp_path), "CPSA_PRINTERS": "3"}
    assert from_environment(former).render_workers == 3
    assert "CPSA_PRINTERS is now called CPSA_RENDER_WORKERS" in caplog.text
    assert from_environment({**former, "CPSA_RENDER_WORKERS": "2"}).render_workers == 2


@pytest.mark.parametrize("said", ["0", "-1", "two", "1.5", "२", "1000"])
def test_a_number_of_processes_that_makes_no_sense_is_quoted(said: str) -> None:
    with pytest.raises(RequestError) as refused:
        from_environment({"CPSA_RENDER_WORKERS": said})
    assert f'CPSA_RENDER_WORKERS is "{said}"' in str(refused.value)


def test_mail_waits_for_confirmation_unless_it_is_said_otherwise() -> None:
    settings = from_environment({})
    assert (settings.mail_trust, settings.mail_authserv) == ("confirm", "")
    said = {"CPSA_MAIL_TRUST": "verified", "CPSA_MAIL_AUTHSERV": " mx.example.org "}
    settings = from_environment(said)
    assert (settings.mail_trust, settings.mail_authserv) == ("verified", "mx.example.org")
    with pytest.raises(RequestError, match="verified, confirm or open"):
        from_environment({"CPSA_MAIL_TRUST": "yes"})


@pytest.mark.parametrize(
    ("variable", "values"),
    [
        ("CPSA_LETTERS", ["yes", "true", "1", "Send"]),
        ("CPSA_ATTACH_MB", ["-1", "1000", "nan", "inf", "eight", "8 MB"]),
        ("CPSA_PORTAL_DAY_MB", ["9.9", "0", "1000000", "nan", "१००"]),
        ("CPSA_MAIL_TRUST", ["Open", "all"]),
        ("CPSA_LANGUAGE", ["en\n", "en|hi"]),
    ],
)
def test_a_value_that_makes_no_sense_is_quoted_in_one_line(
    variable: str, values: list[str]
) -> None:
    for value in values:
        with pytest.raises(RequestError) as refused:
            from_environment({variable: value})
        for language in LANGUAGES:
            said = refused.value.text(language)
            assert said.startswith(variable) and value in said


def test_every_setting_that_is_no_text_or_folder_says_what_is_expected() -> None:
    """Texts and folders are never refused here: what uses them judges them."""
    faulty = [name for name in VARIABLES.values() if not _accepts_any_text(name)]
    assert len(faulty) > 5
    assert [name for name in faulty if not has_text(f"settings.{name}")] == []


def _accepts_any_text(name: str) -> bool:
    try:
        from_environment({f"CPSA_{name.upper()}": "\udcff §"})
    except RequestError as refused:
        assert refused.key == f"settings.{name}"
        return False
    return True


def test_no_password_or_key_is_printed() -> None:
    urls = ("DATABASE_URL", "IMAP_URL", "SMTP_URL", "BOUNCES_URL", "PORTAL_LIMITS", "SEAL_KEY")
    settings = from_environment({f"CPSA_{name}": f"x://user:hidden{name}@host" for name in urls})
    assert settings.seal_key == "x://user:hiddenSEAL_KEY@host"
    assert "hidden" not in repr(settings)


@pytest.mark.parametrize("url", ["user:hid@den:hidden@host/d", "user:hidden:hidden", "h:hidden"])
def test_the_address_of_a_database_that_makes_no_sense_is_not_quoted(url: str) -> None:
    with pytest.raises(RequestError) as refused:
        open_engine(f"postgresql://{url}")
    assert refused.value.key == "store.bad_url"
    assert "hid" not in refused.value.text("en")


# The folder of the programme


def test_one_folder_has_the_framework_and_the_reference_data(tmp_path: Path) -> None:
    settings = from_environment({"CPSA_PROGRAMME": str(tmp_path)})
    assert (settings.framework, settings.reference) == (
        tmp_path / "framework",
        tmp_path / "reference",
    )
    assert settings.templates == INCLUDE / "templates"


@pytest.mark.parametrize("name", FORMER_FOLDERS)
def test_a_former_folder_overrides_its_part_with_a_warning(
    name: str, tmp_path: Path, caplog
) -> None:
    former = {"CPSA_PROGRAMME": str(tmp_path), f"CPSA_{name.upper()}": str(tmp_path / "own")}
    assert getattr(from_environment(former), name) == tmp_path / "own"
    assert f"CPSA_{name.upper()} is replaced by CPSA_PROGRAMME" in caplog.text


def test_files_at_the_former_place_are_not_forgotten(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(app_context, "FORMER_SHIPPED_FOLDER", tmp_path)
    settings = from_environment({"CPSA_HOME": str(tmp_path)})
    AppContext.from_settings(settings, ready=False)
    (tmp_path / "framework").mkdir()
    (tmp_path / "framework" / "2026-27-Q3.solar.yaml").write_text("{}")
    with pytest.raises(RequestError, match="no longer read there"):
        AppContext.from_settings(settings, ready=False)
    AppContext.from_settings(replace(settings, framework=tmp_path / "framework"), ready=False)
