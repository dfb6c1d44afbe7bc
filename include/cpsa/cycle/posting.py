"""The way out of the house: the mail port as the settings have it, shared by all that sends."""

from __future__ import annotations

from cpsa.cycle.office import Office
from cpsa.deliver.mail import Server, SmtpPort
from cpsa.messages import text


def mail_port(office: Office) -> SmtpPort:
    """A port for one worker; RequestError when the server's or the sender's address is wrong."""
    server = Server.parse(office.settings.smtp_url)
    sender = text("dispatch.sender", office.settings.language)
    return SmtpPort(server, office.settings.mail_from, sender)
