"""What a mail brought in place of a workbook, as offices' programs send it."""

from __future__ import annotations

import pytest
from tests.unit.intake.channels.mails import mail, part
from tests.unit.intake.file_guard.hostile import ole
from tests.unit.intake.readers.workbook.samples import packed

from cpsa.i18n.catalogue import text
from cpsa.i18n.text import LANGUAGES
from cpsa.intake.channels import incoming_mail
from cpsa.intake.channels.unusable_content import REASON, UnusableKind, find_unusable_kind

TNEF = b"\x78\x9f\x3e\x22" + b"\0" * 40
JPEG = b"\xff\xd8\xff\xe0"
OUTLOOK = ole("Root Entry", "__properties_version1.0")
LETTER = b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
LINK = LETTER + b"Dear Sir, see https://drive.google.com/file/d/1/view?usp=sharing"


@pytest.mark.parametrize(
    ("parts", "kind"),
    [
        ([part(packed({"a.xlsx": b"1", "b.xlsx": b"2"}), "filename=a.zip", "application/zip")], "archive"),
        ([part(b"Rar!\x1a\x07", "filename=a.rar", "application/octet-stream")], "archive"),
        ([part(packed({"a.jpg": b"1"}), "", "application/octet-stream")], "archive"),
        ([part(TNEF, "filename=winmail.dat", "application/ms-tnef")], "winmail"),
        ([part(TNEF, "filename=noname.dat", "application/octet-stream")], "winmail"),
        ([part(OUTLOOK, "filename=Update.msg", "application/vnd.ms-outlook")], "message"),
        ([part(OUTLOOK, "filename=Update", "application/octet-stream")], "message"),
        ([part(b"0\x82", "filename=smime.p7m", "application/pkcs7-mime")], "sealed"),
        ([LINK], "link"),
        ([LINK, part(b"\x89PNG", "filename=logo.png", "image/png")], "link"),
        ([part(b"%PDF-1.4", "filename=scan.pdf", "application/pdf")], "scan"),
        ([part(b"%PDF-1.4", "", "application/octet-stream")], "scan"),
        ([part(JPEG + b"\0" * 90_000, "filename=IMG_1.jpg", "image/jpeg")], "scan"),
        ([part(b"PK\x03\x04", "filename=letter.docx", "application/octet-stream")], "document"),
        ([], None),
        ([part(b"\x89PNG", "filename=logo.png", "image/png")], None),
        ([part(b"BEGIN:VCARD", "filename=card.vcf", "text/vcard")], None),
    ],
)  # fmt: skip
def test_what_came_is_named(parts, kind) -> None:
    content = mail(*parts)
    assert (
        find_unusable_kind(
            incoming_mail.read_attachments(content), incoming_mail.read_letter_text(content)
        )
        == kind
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", UnusableKind)
def test_each_kind_has_its_words(kind: UnusableKind, language: str) -> None:
    assert "a.zip" in text(f"{REASON}{kind}", language, files="a.zip")
    assert text(f"letters.unusable.what.{kind}", language)
    assert text(f"letters.unusable.send.{kind}", language)[-1] in ".।"
