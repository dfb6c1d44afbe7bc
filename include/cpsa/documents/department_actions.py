"""The policy-action compilation of one line department, with its reply sheet.

Source: domain.md, "Documents" 2. A department nobody asked anything gets a short document.
"""

from __future__ import annotations

from cpsa.documents import cover_letter
from cpsa.documents.action_tables import (
    actions_table,
    convergence_not_accepted,
    convergence_so_far,
    convergence_table,
    counted,
    issues_table,
    standings_table,
)
from cpsa.documents.asked import Asked
from cpsa.documents.cases import case
from cpsa.documents.keys import DocumentKey
from cpsa.documents.model import (
    Block,
    Content,
    Paragraph,
    Section,
    Subheading,
    Tile,
    Tiles,
    Tone,
)
from cpsa.documents.parameters import Parameters
from cpsa.documents.parts import code, column, document, plain, section, table
from cpsa.documents.pendency_ages import pendency_ages
from cpsa.documents.systemic import SystemicIssues
from cpsa.documents.words import Words


def content(key: DocumentKey, words: Words, parameters: Parameters) -> Content:
    asked = Asked(words, key.period, parameters)
    department = key.subject
    sections = [
        cover_letter.letter(asked, department),
        _summary(asked, department),
        _asked(asked, department),
    ]
    if asked.now(department) or asked.earlier(department):
        sections.append(_systemic(asked, department))
    sections.append(_convergence(asked, department))
    sections += not_accepted(asked, department)
    reply = _reply_sheet(asked, department)
    if asked.earlier(department) or not reply:
        sections.append(_earlier(asked, department))  # before a sheet it could fill a page alone
    note = "compilation.note_nothing"
    if reply:
        sections.append(reply)
        note = "compilation.note" if asked.now(department) else "compilation.note_to_reply"
    role = words.snapshot.reference.departments[department].role
    return document(
        words,
        key,
        words.department(department),
        sections,
        facts=(
            (words("cover.department_code"), department),
            (words("cover.role"), words(f"role.{role}")),
        ),
        note=words(note),
    )


def pendency_tiles(asked: Asked, department: str | None) -> tuple[Tile, ...]:
    """The one agreed pendency figure, in time and late apart."""
    words, held = asked.words, asked.pendency(department)
    days = words.number(words.snapshot.reference.replies.term.days)
    apart = words(
        "pendency.apart",
        in_time=words.number(held.in_time),
        late=words.number(held.late),
        not_sent=words.number(held.not_sent),
    )
    tone = Tone.BAD if held.late else Tone.WATCH if held.total else Tone.GOOD
    return (
        Tile(
            words("pendency.title"),
            words.number(held.total),
            apart,
            tone,
            origin=counted(
                one
                for one in asked.standings
                if one.pending and one.counts and department in (None, one.action.department)
            ),
        ),
        Tile(words("pendency.term"), words("pendency.days", days=days), words("pendency.from")),
    )


def _summary(asked: Asked, department: str) -> Section:
    words, now = asked.words, asked.now(department)
    if not now:
        nothing = Paragraph(words("compilation.nothing_asked", period=words.period(asked.period)))
        return Section(
            "summary",
            words("compilation.summary"),
            (
                nothing,
                Tiles(pendency_tiles(asked, department)),
                *filter(None, [pendency_ages(asked, [department])]),
            ),
        )
    urgent = [one for one in now if one.action.urgency == "high"]
    agencies = len({one.action.agency for one in now})
    told = words(
        "compilation.told",
        actions=words.counted("n.actions", len(now)),
        agencies=words.counted("n.agencies", agencies),
    )
    tiles = (
        Tile(words("compilation.asked_now"), words.number(len(now)), origin=counted(now)),
        Tile(
            words("compilation.urgent"),
            words.number(len(urgent)),
            origin=counted(urgent),
            tone=Tone.BAD if urgent else Tone.PLAIN,
        ),
        *pendency_tiles(asked, department),
    )
    ages = pendency_ages(asked, [department])
    blocks: list[Block] = [Paragraph(told), Tiles(tiles), *([ages] if ages else [])]
    return Section("summary", words("compilation.summary"), tuple(blocks))


def _asked(asked: Asked, department: str) -> Section:
    words = asked.words
    systemic = {issue.theme for issue in asked.issues(department).together}
    cases = [case(asked, one, systemic) for one in asked.now(department)]
    return section("asked", words("compilation.asked"), cases, words("compilation.none_asked"))


def _systemic(asked: Asked, department: str) -> Section:
    words = asked.words
    blocks = systemic_blocks(asked, asked.issues(department), by_department=False)
    return section("systemic", words("systemic.title"), blocks, words("systemic.nothing"))


def systemic_blocks(asked: Asked, issues: SystemicIssues, *, by_department: bool) -> list[Block]:
    """What was raised in the period; and apart what was not, but still has pending actions."""
    words = asked.words
    if not issues.together:
        return []
    rule = words(
        "systemic.rule",
        agencies=asked.parameters.systemic_agencies,
        quarters=asked.parameters.systemic_quarters,
    )
    blocks: list[Block] = [Paragraph(rule, note=True)]
    if raised := issues_table(words, issues.raised, by_department=by_department):
        blocks.append(raised)
    else:
        blocks.append(Paragraph(words("systemic.none_raised")))
    if pending := issues_table(words, issues.pending, by_department=by_department):
        blocks += [Subheading(words("systemic.pending")), pending]
    return blocks


def not_accepted(asked: Asked, department: str | None) -> tuple[Section, ...]:
    """What agencies wrote in updates that were not accepted, for information only."""
    words, rows = asked.words, asked.not_accepted(department)
    if not rows:
        return ()
    told = Paragraph(words("compilation.not_accepted_told"), note=True)
    title = words("compilation.not_accepted")
    return (Section("not-accepted", title, (told, actions_table(words, rows))),)


def _convergence(asked: Asked, department: str) -> Section:
    words = asked.words
    return section(
        "convergence",
        words("convergence.title"),
        (
            convergence_table(words, asked.period, department),
            convergence_so_far(words, asked.period, department),
            convergence_not_accepted(words, asked.period, department),
        ),
        words("convergence.nothing"),
    )


def _earlier(asked: Asked, department: str) -> Section:
    words = asked.words
    return section(
        "earlier",
        words("standing.title"),
        (standings_table(words, asked.earlier(department), by_department=False),),
        words("standing.nothing"),
    )


def _reply_sheet(asked: Asked, department: str) -> Section | None:
    """A line per action that needs a reply, to be filled in and sent back."""
    words = asked.words
    rows = asked.unfinished(department)
    if not rows:
        return None
    return Section(
        "reply",
        words("reply.title"),
        (
            Paragraph(words("reply.form")),
            Paragraph(words("reply.how")),
            table(
                "",
                (
                    column(words("actions.number"), 0),
                    column(words("actions.theme"), 2.6),
                    column(words("reply.decision"), 2.2),
                    column(words("reply.action"), 3.4),
                    column(words("reply.by_when"), 1.6),
                ),
                (
                    (
                        code(one.action.number),
                        plain(words.theme(one.action.theme)),
                        plain(""),
                        plain(""),
                        plain(""),
                    )
                    for one in rows
                ),
                to_fill=True,
            ),
            Paragraph(words("reply.sign")),
        ),
        new_page=True,
    )
