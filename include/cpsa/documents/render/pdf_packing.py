"""A PDF with its small objects packed together: a third of the size, and the same pages and tags.

A tagged file has thousands of small objects, one for each piece of its structure; PDF 1.5 lets them
be compressed together (object streams). The same bytes come of the same file.
What must not go here: what a document says or looks like (``pdf``).
"""

from __future__ import annotations

import io

import pikepdf

from cpsa.documents.render.pdf_words import join_parted_words

SMALL = 100_000
"""Bytes of a file that is not worth the time of packing it: an agency's update of one page or two."""


def pack_pdf(pdf: bytes) -> bytes:
    """The same document with whole words and packed objects; its number is made of its contents.

    A small file in which no word was parted comes back as it is.
    """
    packed = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        if not join_parted_words(opened) and len(pdf) < SMALL:
            return pdf
        opened.save(
            packed,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            deterministic_id=True,
            fix_metadata_version=False,
        )
    return packed.getvalue()
