"""Sending the half-yearly mails to the departments: plan, approval, outbox and revisions."""
