"""Delivery: what a seat gets, the ledger that sends it once, and the mail port it leaves by.

``pack`` builds a department's mail, ``ledger`` plans and sends, ``mail`` speaks SMTP over yagmail,
``catcher`` stands in for a mail server in trials. Documents are attached as they are: nothing here
renders one, and nothing here decides who is due what.
"""
