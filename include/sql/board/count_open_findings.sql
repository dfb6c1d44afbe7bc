-- Purpose: the open findings of a quarter by rule, errors before warnings, the most frequent first.
-- Reads the temporary table open_finding.
-- Parameters: none.
-- Grain: one row per rule and severity.
SELECT rule, severity, COUNT(*) AS number, COUNT(DISTINCT agency) AS agencies
FROM open_finding
GROUP BY rule, severity
ORDER BY severity, number DESC, rule
