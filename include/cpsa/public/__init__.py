"""The online edition: a static site about the newest closed quarter, in both languages.

``files`` gives every file of the site from a ``Snapshot``, one after the other, so that nothing
is held twice. What belongs here: which pages there are, what each shows, where each figure links
to. What must not: putting files anywhere (``cycle.publishing``), figures of its own (``score``),
words that documents already have (``documents``).
"""

from cpsa.public.site import files

__all__ = ["files"]
