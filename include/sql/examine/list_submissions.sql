-- Purpose: every submission with its latest examination; an agency's state follows from these rows.
-- Parameters: since, until (quarter keys, both included), newest_submission, newest_examination (row
-- numbers beyond which nothing is seen).
-- Grain: one row per submission, by agency, quarter and version.
SELECT
    submission.id,
    submission.agency,
    submission.quarter,
    submission.version,
    submission.sha256,
    submission.file_name,
    submission.channel,
    submission.received_at,
    COALESCE(examination.state, 'received') AS state,
    COALESCE(examination.basis, '') AS basis,
    examination.id AS examination_id,
    examination.examined_at,
    examination.lock_exception_id
FROM submission
LEFT JOIN examination ON examination.id = (
    SELECT MAX(latest.id) FROM examination AS latest WHERE latest.submission_id = submission.id
        AND latest.id <= :newest_examination
)
WHERE submission.quarter BETWEEN :since AND :until AND submission.id <= :newest_submission
