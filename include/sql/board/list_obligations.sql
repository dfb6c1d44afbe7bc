-- Purpose: every agency whose update is due for a quarter, with its state as submissions/current
-- defines it. Due: as recorded when the quarter was opened, else by the register; in both cases only
-- agencies that are in the register of the quarter.
-- Reads the temporary tables examined_submission, open_finding and own_due_date (agencies whose due
-- date is not the usual one, or from which nothing was requested in time).
-- Parameters: quarter, registry_load (a row number), state_without_update (expected, or missing once
-- the quarter is closed), usual_due_by (an instant, exclusive), rules_for_cpsa (a list: the rules that
-- no agency can answer).
-- received_at is of the first file; file_name, sha256 and locked_out of the newest one.
-- Grain: one row per agency.
WITH recorded AS (
    SELECT agency, form, requested_at
    FROM obligation
    WHERE quarter = :quarter AND withdrawn_at IS NULL
),
active AS (
    SELECT code, form, name_en, name_hi, district
    FROM agency
    WHERE since <= :registry_load
        AND (until IS NULL OR until > :registry_load)
        AND active_from <= :quarter
        AND (active_to = '' OR active_to >= :quarter)
),
expected AS (
    SELECT
        recorded.agency,
        recorded.form,
        active.name_en,
        active.name_hi,
        active.district,
        recorded.requested_at
    FROM recorded
    JOIN active ON active.code = recorded.agency
    UNION ALL
    SELECT code, form, name_en, name_hi, district, NULL
    FROM active
    WHERE NOT EXISTS (SELECT 1 FROM recorded)
),
due AS (
    SELECT
        expected.agency,
        expected.form,
        expected.name_en,
        expected.name_hi,
        expected.district,
        expected.requested_at,
        COALESCE(own_due_date.due_by, :usual_due_by) AS due_by,
        COALESCE(own_due_date.requested, 1) AS requested
    FROM expected
    LEFT JOIN own_due_date ON own_due_date.agency = expected.agency
),
received AS (
    SELECT
        agency,
        MIN(received_at) AS received_at,
        MAX(version) AS version,
        MAX(CASE WHEN state = 'accepted' THEN version END) AS accepted,
        MAX(CASE WHEN state <> 'held' THEN version END) AS admitted,
        MIN(CASE WHEN state IN ('accepted', 'returned') THEN received_at END) AS reported_at
    FROM examined_submission
    GROUP BY agency
),
answerable AS (
    SELECT agency, COUNT(*) AS warnings
    FROM open_finding
    WHERE severity = 'warning' AND rule NOT IN :rules_for_cpsa
    GROUP BY agency
)
SELECT
    due.agency,
    due.form,
    due.name_en,
    due.name_hi,
    due.district,
    due.requested_at,
    received.received_at,
    COALESCE(received.version, 0) AS version,
    COALESCE(current_submission.state, :state_without_update) AS state,
    newest.file_name,
    newest.sha256,
    CASE WHEN newest.state = 'held' THEN 1 ELSE 0 END AS locked_out,
    CASE WHEN due.requested = 1 AND received.received_at >= due.due_by THEN 1 ELSE 0 END AS late,
    1 - due.requested AS not_requested,
    due.due_by,
    CASE WHEN received.reported_at IS NOT NULL THEN 1 ELSE 0 END AS reported,
    CASE WHEN due.requested = 1 AND received.reported_at < due.due_by THEN 1 ELSE 0 END AS on_time,
    COALESCE(answerable.warnings, 0) AS warnings
FROM due
LEFT JOIN received ON received.agency = due.agency
LEFT JOIN examined_submission AS newest
    ON newest.agency = received.agency AND newest.version = received.version
LEFT JOIN examined_submission AS current_submission
    ON current_submission.agency = received.agency
    AND current_submission.version = COALESCE(received.accepted, received.admitted)
LEFT JOIN answerable ON answerable.agency = due.agency
