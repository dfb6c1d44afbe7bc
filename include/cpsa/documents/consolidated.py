"""The consolidated policy-action compilation for the nodal department: all departments in one."""

from __future__ import annotations

from cpsa.documents.action_tables import (
    actions_table,
    convergence_not_accepted,
    convergence_table,
    counted,
    standings_table,
)
from cpsa.documents.asked import Asked
from cpsa.documents.department_actions import not_accepted, pendency_tiles, systemic_blocks
from cpsa.documents.keys import DocumentKey
from cpsa.documents.model import Block, Content, Paragraph, Section, Subheading, Table, Tile, Tiles
from cpsa.documents.origin import Listed, Measure
from cpsa.documents.parameters import Parameters
from cpsa.documents.parts import column, document, number, plain, section, table
from cpsa.documents.pendency_ages import pendency_ages
from cpsa.documents.words import Words


def content(key: DocumentKey, words: Words, parameters: Parameters) -> Content:
    asked = Asked(words, key.period, parameters)
    return document(
        words,
        key,
        words("consolidated.subject"),
        (
            _summary(asked),
            _asked(asked),
            _systemic(asked),
            section(
                "convergence",
                words("convergence.title"),
                (
                    convergence_table(words, key.period),
                    convergence_not_accepted(words, key.period),
                ),
                words("convergence.nothing"),
            ),
            section(
                "earlier",
                words("standing.title"),
                (standings_table(words, asked.earlier(), by_department=True),),
                words("standing.nothing"),
            ),
            *not_accepted(asked, None),
        ),
        facts=((words("cover.for"), words.department("DOMSME")),),
        note=words("consolidated.note"),
    )


def _summary(asked: Asked) -> Section:
    words, now, issues = asked.words, asked.now(), asked.issues().together
    told = words(
        "consolidated.told",
        actions=words.counted("n.actions", len(now)),
        departments=words.counted("n.departments", len({one.action.department for one in now})),
        agencies=words.counted("n.agencies", len({one.action.agency for one in now})),
    )
    tiles = (
        Tile(words("compilation.asked_now"), words.number(len(now)), origin=counted(now)),
        Tile(
            words("systemic.title"),
            words.number(len(issues)),
            origin=Listed(
                "actions",
                tuple(number for one in issues for number in one.numbers),
                Measure.ISSUES,
            ),
        ),
        *pendency_tiles(asked, None),
    )
    first = Paragraph(told if now else words("consolidated.nothing_asked"))
    ages = pendency_ages(asked, words.snapshot.reference.departments)
    tables = (_by_department(asked), ages) if ages else (_by_department(asked),)
    return Section("summary", words("consolidated.by_department"), (first, Tiles(tiles), *tables))


def _by_department(asked: Asked) -> Table:
    words = asked.words
    entries = words.snapshot.during("entries", asked.period.quarters)
    given = entries[entries["kind"] == "convergence"]
    given = given[words.snapshot.is_accepted(given)]

    def row(department: str) -> tuple:
        now, held = asked.now(department), asked.pendency(department)
        theirs = given[given["department"] == department]
        amount = theirs["amount"].fillna(0).sum()
        urgent = [one for one in now if one.action.urgency == "high"]
        issues = asked.issues(department).together
        of_issues = tuple(number for one in issues for number in one.numbers)
        pending = [
            one
            for one in asked.standings
            if one.pending and one.counts and one.action.department == department
        ]
        return (
            plain(words.department(department)),
            number(words.number(len(now)), origin=counted(now)),
            number(words.number(len(urgent)), origin=counted(urgent)),
            number(words.number(len(issues)), origin=Listed("actions", of_issues, Measure.ISSUES)),
            number(
                words.quantity(int(amount), "inr"),
                origin=Listed("entries", tuple(theirs.index), Measure.AMOUNT),
            ),
            number(
                words.number(held.in_time),
                origin=counted(one for one in pending if not one.late and not one.not_sent),
            ),
            number(words.number(held.late), origin=counted(one for one in pending if one.late)),
            number(
                words.number(held.not_sent), origin=counted(one for one in pending if one.not_sent)
            ),
        )

    return table(
        "",
        (
            column(words("actions.department"), 4),
            column(words("consolidated.asked"), 1, figure=True),
            column(words("consolidated.urgent"), 1.2, figure=True),
            column(words("consolidated.systemic"), 1.2, figure=True),
            column(words("convergence.amount"), 1.7, figure=True),
            column(words("pendency.in_time"), 1.3, figure=True),
            column(words("pendency.late"), 1.2, figure=True),
            column(words("pendency.not_sent"), 1.1, figure=True),
        ),
        map(row, words.snapshot.reference.departments),
    )


def _asked(asked: Asked) -> Section:
    words = asked.words
    blocks: list[Block] = []
    for department in words.snapshot.reference.departments:
        if now := asked.now(department):
            blocks += [Subheading(words.department(department)), actions_table(words, now)]
    return section(
        "asked", words("consolidated.asked_title"), blocks, words("consolidated.nothing_asked")
    )


def _systemic(asked: Asked) -> Section:
    words = asked.words
    blocks = systemic_blocks(asked, asked.issues(), by_department=True)
    return section("systemic", words("systemic.title"), blocks, words("systemic.nothing"))
