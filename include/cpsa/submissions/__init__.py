"""A submission: one received version of an agency's update, its state, and what is open about it.

What belongs here: the only definition of a submission's states, of the current submission, of an
agency's state for a quarter and of an open finding (domain.md, "A submission" and "Rules"). Pure:
it takes rows and findings, never a connection. Where a statement of the store must repeat a
definition, a test compares the two on generated data.
"""
