-- Purpose: what the newest closings of some quarters counted; a quarter that is open has no row.
-- Parameters: quarters (a list of keys).
-- Grain: one row per quarter, oldest first.
SELECT
    closing.quarter,
    SUM(reporting.expected) AS expected,
    SUM(reporting.received) AS received,
    SUM(reporting.accepted) AS accepted,
    SUM(reporting.on_time) AS on_time,
    COALESCE(SUM(reporting.not_requested), 0) AS not_requested
FROM reporting
JOIN closing ON closing.id = reporting.closing_id
WHERE closing.kind = 'closed'
    AND closing.id IN (
        SELECT MAX(newest.id) FROM closing AS newest WHERE newest.quarter IN :quarters
        GROUP BY newest.quarter
    )
GROUP BY closing.quarter
ORDER BY closing.quarter
