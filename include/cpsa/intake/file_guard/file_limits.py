"""How large a filled workbook may be. A filled template has under 0.3 MB, and 3 MB unpacked."""

from __future__ import annotations

MEGABYTE = 1024 * 1024

FILE_BYTES = 10 * MEGABYTE
PARTS = 400
UNPACKED_BYTES = 16 * MEGABYTE
# Only a bomb is packed this tightly and large as well.
RATIO, RATIO_FROM = 100, 4 * MEGABYTE
# What one XML part may hold, because parsing costs far more than unpacking.
XML_BYTES = 6 * MEGABYTE
XML_BYTES_OF = {
    "xl/sharedstrings.xml": 2 * MEGABYTE,
    "xl/styles.xml": MEGABYTE,
    "xl/workbook.xml": MEGABYTE,
    "[content_types].xml": MEGABYTE // 4,
}
# Opening brackets in one XML part: where they are this close together, parsing costs most. A
# filled template has under 10,000.
TAGS = 500_000
# Cells further out than this are no one's handiwork: row 10,000, column ZZ.
ROW_DIGITS, COLUMN_LETTERS = 4, 2


def format_megabytes(size: int) -> str:
    """Return a size in words: ``12.3 MB``."""
    return f"{size / MEGABYTE:.1f} MB"
