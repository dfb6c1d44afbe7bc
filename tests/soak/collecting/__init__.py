"""Three hundred mails and three hundred files arrive while the collectors are killed again and again.

What belongs here: what arrives, the killing, and the verdict on what the store and the mailbox
hold afterwards. What must not: knowing how anything is imported.
"""
