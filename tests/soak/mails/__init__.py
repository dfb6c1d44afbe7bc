"""Two thousand mails in one mailbox, a tenth of them hostile, while what reads them is killed.

What belongs here: the mails with the outcome that is expected of each, and the verdict on what became
of every single one. What must not: knowing how anything is read.
"""
