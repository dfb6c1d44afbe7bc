"""The online edition: a static site about the newest closed quarter, in both languages.

``make_site_files`` gives every file from a ``Snapshot``, one after the other, so that nothing
is kept twice. What belongs here: which pages there are, what each shows, where each figure links
to. What must not: putting files anywhere (``services.publication``), figures of its own (``scoring``),
words that documents already have (``documents``).
"""
