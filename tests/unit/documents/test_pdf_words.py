"""Syllables of a page that end in a sign are said together with what follows them."""

from __future__ import annotations

import pikepdf
import pytest

from cpsa.documents.render.pdf_words import join_parted_words

TO_UNICODE = b"""/CIDInit /ProcSet findresource begin
3 beginbfchar
<0001> <0932>
<0028> <0935>
<0002> <0020>
endbfchar
"""
PLACE = b" 0 Tr/f0 8 Tf 1 0 0 -1 7.5 0 Tm"
KE = PLACE + rb"[(\000/)221(\000\()]TJ"
SE = PLACE + rb"[(\000'\000\()]TJ"


def syllable(text: bytes, drawn: bytes) -> bytes:
    return b"/Span<</ActualText<FEFF" + text + b">>>BDC" + drawn + b"\nEMC"


def joined(stream: bytes) -> bytes:
    pdf = pikepdf.new()
    page = pdf.add_blank_page()
    to_unicode = pdf.make_stream(TO_UNICODE)
    font = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Font, ToUnicode=to_unicode))
    page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(f0=font))
    page.obj.Contents = pdf.make_stream(stream)
    join_parted_words(pdf)
    read: bytes = page.obj.Contents.read_bytes()
    return read


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        pytest.param(
            syllable(b"09150947", KE) + syllable(b"0938093E", SE),
            syllable(b"091509470938093E", KE + SE),
            id="another syllable follows",
        ),
        pytest.param(
            syllable(b"09150948", KE) + syllable(b"09380947", SE) + PLACE + rb"(\000\002)Tj",
            syllable(b"0915094809380947", KE + SE) + PLACE + rb"(\000\002)Tj",
            id="two that end in a sign, and the word ends",
        ),
        pytest.param(
            syllable(b"09150947", KE) + PLACE + rb"[(\000\()63(\000\001\000\002)]TJ",
            syllable(b"091509470935", KE + PLACE + rb"[(\000\()]TJ")
            + rb"[()63(\000\001\000\002)]TJ",
            id="plain text follows",
        ),
        pytest.param(
            syllable(b"09150947", KE) + PLACE + rb"[(\000(\000\001\000))]TJ",
            syllable(b"091509470935", KE + PLACE + rb"[(\000\()]TJ") + rb"[(\000\001\000\))]TJ",
            id="plain text with brackets that close each other follows",
        ),
        pytest.param(
            syllable(b"09150947", KE) + PLACE + b"<00280001>Tj",
            syllable(b"091509470935", KE + PLACE + b"<0028>Tj") + b"<0001>Tj",
            id="plain text in hexadecimal digits follows",
        ),
        pytest.param(
            syllable(b"09150947", KE) + PLACE + b"[<00020001>]TJ",
            syllable(b"09150947", KE) + PLACE + b"[<00020001>]TJ",
            id="a blank follows",
        ),
        pytest.param(
            syllable(b"0915093E", KE) + syllable(b"0938093E", SE),
            syllable(b"0915093E", KE) + syllable(b"0938093E", SE),
            id="no sign at its end",
        ),
        pytest.param(
            syllable(b"09150947", KE) + b"\nET\nQ\nEMC" + syllable(b"0938093E", SE),
            syllable(b"09150947", KE) + b"\nET\nQ\nEMC" + syllable(b"0938093E", SE),
            id="the line ends",
        ),
    ],
)
def test_what_is_said_together(stream: bytes, expected: bytes) -> None:
    assert joined(stream) == expected
    assert joined(expected) == expected
