-- Purpose: how many documents of each kind a period has, each once whatever its editions.
-- Parameters: periods (a list of keys).
-- Grain: one row per period and kind.
SELECT period, kind, COUNT(*) AS number
FROM (
    SELECT DISTINCT kind, period, subject, language, format
    FROM document
    WHERE period IN :periods
) AS shown
GROUP BY period, kind
ORDER BY period, kind
