"""The rules: an update in, findings out (domain.md, "Rules").

Pure: no store, no clock, no files. Which rules there are, how strict they are and what they say is
data (``framework``); this package knows what each *kind* of rule does. Structure rules look at one
file's cells; all others look at dense arrays over many agencies at once.
"""
