-- Purpose: the obligations of a quarter in numbers. Reads the temporary table board_obligation.
-- Parameters: none.
-- Grain: one row per form and state.
SELECT
    form,
    state,
    COUNT(*) AS number,
    SUM(late) AS late,
    SUM(reported) AS reported,
    SUM(on_time) AS on_time,
    SUM(not_requested) AS not_requested,
    SUM(warnings) AS warnings,
    SUM(CASE WHEN warnings > 0 THEN 1 ELSE 0 END) AS warned,
    SUM(locked_out) AS locked_out
FROM board_obligation
GROUP BY form, state
ORDER BY form, state
