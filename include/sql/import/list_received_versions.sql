-- Purpose: the files that some agencies sent for a quarter, each with the state that its latest
-- examination found; a file that was not examined yet is received.
-- Parameters: agencies, quarter.
-- Grain: one row for each submission, in the order of agencies and versions.
SELECT
    submission.agency,
    submission.quarter,
    submission.version,
    submission.sha256,
    submission.channel,
    submission.received_at,
    COALESCE(
        (
            SELECT examination.state
            FROM examination
            WHERE examination.submission_id = submission.id
            ORDER BY examination.id DESC
            LIMIT 1
        ),
        'received'
    ) AS state
FROM submission
WHERE submission.agency IN :agencies AND submission.quarter = :quarter
ORDER BY submission.agency, submission.version
