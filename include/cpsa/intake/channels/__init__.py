"""The ways by which updates are received: a folder of any file system, and a mailbox.

What belongs here: reaching a channel, and saying what was received from whom and when. What must not:
keeping anything (``services`` does, in one transaction), and judging what a file says.
"""
