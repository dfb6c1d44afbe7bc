"""Letters to agencies: which are due by the store, written, and sent by the ledger.

``due_letters`` says which letters are due, ``letter_review`` compares that with the ledger,
``letter_builder`` makes the messages, ``send_letters`` sends. There is no queue: what is due is
derived at every call, and the ledger alone knows what was written.
"""
