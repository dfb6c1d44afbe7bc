"""Where a figure comes from: the snapshot, its origins and the codes of documents' tables.

Shown by ``cpsa trace``, the documents and the online edition. What must not go here: how they show it.
"""
