-- Purpose: the newest file that an agency sent for a quarter, with the state that its latest
-- examination found; a file that was not examined yet is received.
-- Parameters: agency, quarter.
-- Grain: one row, or none where no file was received.
SELECT
    submission.version,
    submission.sha256,
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
WHERE submission.agency = :agency AND submission.quarter = :quarter
ORDER BY submission.version DESC
LIMIT 1
