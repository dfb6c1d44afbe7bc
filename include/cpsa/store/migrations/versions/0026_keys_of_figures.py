"""PostgreSQL looks once a statement whether figures have their submission, not once a figure"""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

KEY = "fk_fact_submission_id_submission"

# Submissions that are named are locked as a foreign key locks them: nobody deletes one meanwhile.
_REQUIRE = f"""
CREATE FUNCTION require_submissions_of_figures() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    found bigint;
BEGIN
    PERFORM FROM submission WHERE id IN (SELECT submission_id FROM added) FOR KEY SHARE;
    GET DIAGNOSTICS found = ROW_COUNT;
    IF found < (SELECT count(DISTINCT submission_id) FROM added) THEN
        RAISE foreign_key_violation USING
            MESSAGE = 'a figure names a submission that is not there',
            TABLE = 'fact', CONSTRAINT = '{KEY}';
    END IF;
    RETURN NULL;
END $$
"""
_KEEP = f"""
CREATE FUNCTION keep_submissions_of_figures() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (
        SELECT FROM removed
        WHERE NOT EXISTS (SELECT FROM submission WHERE submission.id = removed.id)
            AND EXISTS (SELECT FROM fact WHERE fact.submission_id = removed.id)
    ) THEN
        RAISE foreign_key_violation USING
            MESSAGE = 'a submission has figures',
            TABLE = 'fact', CONSTRAINT = '{KEY}';
    END IF;
    RETURN NULL;
END $$
"""
_TRIGGERS = (
    ("fact", "INSERT", "NEW TABLE AS added", "require_submissions_of_figures"),
    ("fact", "UPDATE", "NEW TABLE AS added", "require_submissions_of_figures"),
    ("submission", "DELETE", "OLD TABLE AS removed", "keep_submissions_of_figures"),
    ("submission", "UPDATE", "OLD TABLE AS removed", "keep_submissions_of_figures"),
)


def upgrade() -> None:
    """A country's quarter has 300,000 figures of 7,000 submissions; SQLite has the key in memory anyway."""
    if op.get_context().dialect.name != "postgresql":
        return
    op.execute(_REQUIRE)
    op.execute(_KEEP)
    for table, event, rows, function in _TRIGGERS:
        op.execute(
            f"CREATE TRIGGER {function}_{event.lower()} AFTER {event} ON {table} REFERENCING {rows}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
        )
    op.drop_constraint(KEY, "fact", type_="foreignkey")


def downgrade() -> None:
    if op.get_context().dialect.name != "postgresql":
        return
    op.create_foreign_key(KEY, "fact", "submission", ["submission_id"], ["id"])
    for table, event, _, function in _TRIGGERS:
        op.execute(f"DROP TRIGGER {function}_{event.lower()} ON {table}")
    for _, _, _, function in _TRIGGERS[::2]:
        op.execute(f"DROP FUNCTION {function}()")
