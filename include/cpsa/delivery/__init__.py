"""Delivery: what a seat gets, the ledger that sends it once, and the mail port that carries it.

``mail_plan`` records what is due, ``ledger`` sends it, ``smtp``
speaks SMTP over yagmail with what ``mail_composer`` and ``mail_attachment`` build. ``delivery_log`` resolves what is
uncertain, ``bounce_reports`` reads bounces, ``mail_catcher`` is a test server. Nothing here
renders a document, and nothing here decides who is due what.
"""
