-- Purpose: quarters with files that wait for a lock exception. Only an agency's newest file waits,
-- since an exception is for that one; its state is that of its latest examination.
-- Parameters: none.
-- Grain: one row per quarter; number: of agencies, since: when the first of them was received.
SELECT
    submission.quarter,
    COUNT(DISTINCT submission.agency) AS number,
    MIN(submission.received_at) AS since
FROM submission
JOIN examination ON examination.submission_id = submission.id
WHERE examination.state = 'held'
    AND NOT EXISTS (
        SELECT 1
        FROM examination AS later
        WHERE later.submission_id = examination.submission_id AND later.id > examination.id
    )
    AND NOT EXISTS (
        SELECT 1
        FROM submission AS newer
        WHERE newer.agency = submission.agency
            AND newer.quarter = submission.quarter
            AND newer.version > submission.version
    )
GROUP BY submission.quarter
ORDER BY submission.quarter
