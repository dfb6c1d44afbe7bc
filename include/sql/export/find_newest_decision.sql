-- Purpose: when the newest explanation, waiver or question of CPSA was given or taken back, for
-- quarters up to one. But for explanations only what an examination has seen since.
-- Parameters: until (a quarter key, included), newest_explanation, newest_examination (row numbers
-- beyond which nothing is seen).
-- Grain: one row, with NULL where there is none.
WITH by_cpsa AS (
    SELECT agency, quarter, given_at AS decided_at FROM waiver
    UNION ALL
    SELECT agency, quarter, asked_at FROM figure_query
    UNION ALL
    SELECT figure_query.agency, figure_query.quarter, figure_query_withdrawal.withdrawn_at
    FROM figure_query_withdrawal
    JOIN figure_query ON figure_query.id = figure_query_withdrawal.query_id
),
decided AS (
    SELECT given_at AS decided_at
    FROM explanation
    WHERE quarter <= :until AND id <= :newest_explanation
    UNION ALL
    SELECT by_cpsa.decided_at
    FROM by_cpsa
    WHERE by_cpsa.quarter <= :until
        AND by_cpsa.decided_at <= (
            SELECT MAX(examination.examined_at)
            FROM examination
            JOIN submission ON submission.id = examination.submission_id
            WHERE submission.agency = by_cpsa.agency
                AND submission.quarter = by_cpsa.quarter
                AND examination.id <= :newest_examination
        )
)
SELECT MAX(decided_at) AS decided_at FROM decided
