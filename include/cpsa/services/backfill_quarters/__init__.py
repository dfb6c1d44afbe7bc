"""Backfills: closed quarters are redone, first as a preview, then exactly as previewed.

``backfill_request`` says what is requested, ``execute_backfill`` does it in one transaction,
``store_changes`` compares the store before and after, ``document_diff`` finds documents that read
differently. What must not go here: what a figure, a finding or a score is, which is for the verbs
that are called.
"""
