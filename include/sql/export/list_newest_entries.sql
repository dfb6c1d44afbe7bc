-- Purpose: the entries that count, up to a quarter: of each agency's quarter those of its newest load.
-- Parameters: until (a quarter key, included), newest_entry_load (a row number beyond which nothing
-- is seen).
-- Grain: one row per entry, by quarter, in the order of recording.
WITH newest AS (
    SELECT agency, quarter, MAX(load_id) AS load_id
    FROM entry
    WHERE quarter <= :until AND load_id <= :newest_entry_load
    GROUP BY agency, quarter
)
SELECT
    entry.agency,
    entry.quarter,
    entry.kind,
    entry.theme,
    entry.department,
    entry.text,
    entry.request,
    entry.urgency,
    entry.scheme,
    entry.amount,
    entry.people,
    entry.help,
    entry.units,
    entry.rate,
    entry.women
FROM entry
JOIN newest ON newest.agency = entry.agency
    AND newest.quarter = entry.quarter
    AND newest.load_id = entry.load_id
ORDER BY entry.quarter, entry.id
