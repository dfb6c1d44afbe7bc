-- Purpose: lock exceptions that no accepted file has used yet. A quiet one is used by any file: it
-- is for that file and admits no later one.
-- Parameters: none.
-- Grain: one row per exception, in the order of recording.
SELECT lock_exception.agency, lock_exception.quarter, lock_exception.id, lock_exception.reason
FROM lock_exception
WHERE NOT EXISTS (
    SELECT 1
    FROM examination
    WHERE examination.lock_exception_id = lock_exception.id
        AND (examination.state = 'accepted' OR lock_exception.quiet)
)
ORDER BY lock_exception.id
