"""From a letter's head and body to the message the ledger plans."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cpsa.delivery.mail_message import Attachment, MailMessage, one_line
from cpsa.i18n import template_environment
from cpsa.letters.letter_head import LetterHead
from cpsa.letters.letter_layout import LetterBody


def build_message(
    templates: Path, head: LetterHead, body: LetterBody, attachments: Sequence[Attachment] = ()
) -> MailMessage:
    """The letter as HTML and as plain text of equal content, in the agency's language."""
    agency, say = head.agency, head.say
    name = agency.name.in_(agency.language)
    html, text = template_environment.render_mail(
        templates,
        "letter",
        {
            "language": agency.language,
            "reference": say("reference", reference=head.reference),
            "greeting": say("greeting", name=one_line(name)),
            "blocks": body.blocks,
            "signature": say("signature"),
            "reply_to": head.reply_to,
        },
    )
    return MailMessage(
        cycle=head.quarter.key,
        slot=head.slot,
        recipient=agency.code,
        to_name=name,
        to_email=agency.email,
        language=agency.language,
        subject=say(
            "subject",
            what=body.subject,
            months=head.quarter.months(agency.language),
            reference=head.reference,
        ),
        html=html,
        text=text,
        attachments=tuple(attachments),
    )
