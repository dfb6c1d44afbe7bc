"""Causes that findings stored by earlier versions name, so that their words stay readable.

Nothing is refused for them any more: files are read by their content, not by their name.
"""

from __future__ import annotations

EARLIER_CAUSES = ("door.is_ods", "door.is_xls", "door.is_xlsx", "unreadable.kind")
