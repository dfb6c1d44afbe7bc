"""Letters to agencies and departments: what each says, in its reader's language, ready to plan.

What belongs here: the kinds of letters, their content and wording, and when reminders are due. Pure:
data in, ``delivery.mail_message.MailMessage`` out. What must not: the store, the clock, deciding to whom a
letter is due (``services.agency_letters``), and sending (``delivery``).
"""
