"""``python -m tests.soak.delivery``: the ledger under kills, stops and a faulty server, seed by seed,
and beside it a plain loop over ``yagmail.send`` on the same seeds.

``trial`` runs one, ``server`` is the faulty server with its archive, ``worker`` and ``plain_loop``
are what is killed, ``fates`` says when, ``report`` writes docs/delivery-soak.md.
"""
