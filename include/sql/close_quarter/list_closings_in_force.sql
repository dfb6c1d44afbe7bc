-- Purpose: the versions of closings that are in force: those after the newest withdrawn version of
-- their quarter.
-- Parameters: newest_closing (a row number: withdrawals beyond it are not seen).
-- Grain: one row per version, with all columns of the table.
SELECT
    closing.id,
    closing.quarter,
    closing.version,
    closing.closed_at,
    closing.framework,
    closing.registry_load,
    closing.basis,
    closing.kind,
    closing.closed_by,
    closing.reason,
    closing.unread
FROM closing
WHERE NOT EXISTS (
    SELECT 1
    FROM closing AS withdrawal
    WHERE withdrawal.quarter = closing.quarter
        AND withdrawal.version >= closing.version
        AND withdrawal.kind = 'withdrawn'
        AND withdrawal.id <= :newest_closing
)
