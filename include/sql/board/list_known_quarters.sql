-- Purpose: the quarters with an obligation, a submission or a closing. Steps from each to the next
-- older one by the tables' keys, where a plain union would read them whole.
-- Parameters: none.
-- Grain: one row per quarter, newest first.
WITH RECURSIVE known (quarter) AS (
    SELECT MAX(newest.quarter)
    FROM (
        SELECT MAX(quarter) AS quarter FROM obligation
        UNION ALL SELECT MAX(quarter) FROM submission
        UNION ALL SELECT MAX(quarter) FROM closing
    ) AS newest
    UNION ALL
    SELECT (
        SELECT MAX(older.quarter)
        FROM (
            SELECT MAX(quarter) AS quarter FROM obligation WHERE quarter < known.quarter
            UNION ALL SELECT MAX(quarter) FROM submission WHERE quarter < known.quarter
            UNION ALL SELECT MAX(quarter) FROM closing WHERE quarter < known.quarter
        ) AS older
    )
    FROM known
    WHERE known.quarter IS NOT NULL
)
SELECT quarter FROM known WHERE quarter IS NOT NULL ORDER BY quarter DESC
