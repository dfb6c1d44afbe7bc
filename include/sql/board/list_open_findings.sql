-- Purpose: the open findings of a quarter, of each agency's current submission and of the newest
-- closing: neither waived nor, where it is a warning, explained. The rule of submissions/open_finding.
-- Reads the temporary tables examined_submission and lasting_rule (rules whose explanations last,
-- with the first quarter whose explanation is still valid).
-- Parameters: quarter, newest_closing (a row number; NULL while the quarter is open).
-- Grain: one row per finding.
WITH current_version AS (
    SELECT
        agency,
        COALESCE(
            MAX(CASE WHEN state = 'accepted' THEN version END),
            MAX(CASE WHEN state <> 'held' THEN version END)
        ) AS version
    FROM examined_submission
    GROUP BY agency
)
SELECT finding.rule, finding.severity, finding.agency
FROM finding
LEFT JOIN lasting_rule ON lasting_rule.rule = finding.rule
WHERE finding.quarter = :quarter
    AND (
        finding.closing_id = :newest_closing
        OR finding.examination_id IN (
            SELECT examined_submission.examination_id
            FROM examined_submission
            JOIN current_version ON current_version.agency = examined_submission.agency
                AND current_version.version = examined_submission.version
        )
    )
    AND NOT finding.waived
    AND (
        finding.severity <> 'warning'
        OR NOT EXISTS (
            SELECT 1
            FROM explanation
            WHERE explanation.agency = finding.agency
                AND explanation.rule = finding.rule
                AND explanation.indicator = finding.indicator
                AND explanation.dimension = finding.dimension
                AND explanation.quarter <= finding.quarter
                AND explanation.text <> ''
                AND (
                    explanation.quarter >= lasting_rule.since
                    OR (lasting_rule.since IS NULL AND explanation.observed = finding.observed)
                )
        )
    )
