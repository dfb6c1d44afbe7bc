-- Purpose: the newest closing of each closed quarter; a quarter whose closing was withdrawn is open
-- and has no row.
-- Parameters: until (a quarter key, included), newest_closing (a row number beyond which nothing is
-- seen).
-- Grain: one row per quarter, oldest first, with all columns of the table.
SELECT
    id,
    quarter,
    version,
    closed_at,
    framework,
    registry_load,
    basis,
    kind,
    closed_by,
    reason,
    unread
FROM closing
WHERE kind = 'closed'
    AND quarter <= :until
    AND id IN (
        SELECT MAX(newest.id) FROM closing AS newest WHERE newest.id <= :newest_closing
        GROUP BY newest.quarter
    )
ORDER BY quarter
