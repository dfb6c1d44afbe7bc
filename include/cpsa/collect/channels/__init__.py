"""The ways by which updates arrive: a folder of any file system, and a mailbox.

What belongs here: reaching a channel, and telling of what came by whom and when. What must not:
keeping anything (``cycle`` does, in one transaction), and judging what a file says.
"""
