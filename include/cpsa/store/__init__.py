"""The store: the only place that talks to the programme's database.

Tables in ``tables/``, migrations in ``migrations/``, what reads and writes them in one module per
subject. History is append-only; the current figures are derived, never overwritten.
"""
