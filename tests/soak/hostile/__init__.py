"""Five hundred mutated and hostile files, read one by one in a process that is watched from outside.

What belongs here: making the files, reading them, watching, the verdict. What must not: knowing
how a reader or the door works.
"""
