"""Delivery: what a seat gets, the ledger that sends it once, and the mail port it leaves by.

``pack`` builds a department's mail, ``planning`` records what is owed, ``ledger`` sends it, ``mail``
speaks SMTP over yagmail with what ``compose`` and ``attaching`` build. ``evidence`` settles what is
uncertain, ``bounces`` reads what comes back. ``catcher`` stands in for a mail server. Documents are attached as they are: nothing here
renders one, and nothing here decides who is due what.
"""
