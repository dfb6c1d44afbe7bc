"""The registers of a programme: agencies, departments, recipients, targets, weights, and their files.

What must not go here: how a register is stored (``store``) or taken over (``services/quarter``).
"""
