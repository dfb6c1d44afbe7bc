"""Convergence in the learning document: who contributed, by which scheme, in which cluster, and what nobody used.

Of accepted updates. What must not go here: single contributions, which the compilations list.
"""

from __future__ import annotations

from cpsa.calendar import AnyPeriod
from cpsa.documents.blocks import section
from cpsa.documents.content_model import Block, Paragraph, Section
from cpsa.documents.contribution_tables import (
    list_group_tables,
    make_cluster_table,
    select_contributions,
)
from cpsa.documents.document_text import DocumentText
from cpsa.documents.policy_actions.action_blocks import convergence_not_accepted

MAX_CLUSTERS = 100
"""Clusters listed at most; of more, those in which the most contributors are active."""


def build_convergence_section(words: DocumentText, period: AnyPeriod) -> Section:
    """By contributor, scheme, kind of help and cluster; then the schemes that nobody has used so far."""
    snapshot = words.snapshot
    rows = select_contributions(
        snapshot, snapshot.select_rows_in_quarters("entries", period.quarters)
    )
    blocks: list[Block | None] = []
    if len(rows):
        blocks = [
            Paragraph(words("contributions.about"), note=True),
            *list_group_tables(words, rows),
            make_cluster_table(words, rows, MAX_CLUSTERS),
        ]
    blocks += [convergence_not_accepted(words, period), _list_unused_schemes(words, period)]
    return section(
        "convergence", words("contributions.title"), blocks, words("convergence.nothing")
    )


def _list_unused_schemes(words: DocumentText, period: AnyPeriod) -> Paragraph | None:
    """The schemes of the reference data that no contribution to date names; None where each is named."""
    entries = words.snapshot.entries
    to_date = entries[entries["quarter"] <= period.last_quarter.key]
    find_scheme = words.snapshot.reference.find_scheme
    used = {
        scheme.code
        for name in select_contributions(words.snapshot, to_date)["scheme"]
        if name and (scheme := find_scheme(name))
    }
    schemes = words.snapshot.reference.schemes
    unused = [code for code in schemes if code not in used]
    if not unused:
        return None
    return Paragraph(
        words(
            "contributions.unused",
            part=words.number(len(unused)),
            whole=words.number(len(schemes)),
            schemes="; ".join(map(words.scheme, unused)),
        )
    )
