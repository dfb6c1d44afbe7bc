"""The quarter board answers at once: findings by quarter, explanations by subject, latest states"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_examination_submission_id_id": ("examination", ["submission_id", "id"]),
    "ix_finding_quarter": ("finding", ["quarter"]),
    "ix_explanation_agency_rule": ("explanation", ["agency", "rule"]),
    "ix_decision_action_id": ("decision", ["action", "id"]),
}
REPLACED = {
    "ix_examination_submission_id": ("examination", ["submission_id"]),
    "ix_decision_action": ("decision", ["action"]),
}


def upgrade() -> None:
    for name, (table, columns) in INDEXES.items():
        op.create_index(op.f(name), table, columns)
    for name, (table, _) in REPLACED.items():
        op.drop_index(op.f(name), table_name=table)


def downgrade() -> None:
    for name, (table, columns) in REPLACED.items():
        op.create_index(op.f(name), table, columns)
    for name, (table, _) in INDEXES.items():
        op.drop_index(op.f(name), table_name=table)
