"""Where a figure comes from: the snapshot, its index, origins, derivations, checks and table codes.

Shown by ``cpsa trace``, the documents and the online edition. What must not go here: how they show
it, and what a document says.
"""
