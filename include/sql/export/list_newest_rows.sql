-- Purpose: what has changed of what documents are built from: of each quarter the newest row of every
-- table, for rows later than the given ones. A file that waits for a lock exception changes nothing.
-- Parameters: newest_closing, newest_examination, newest_explanation, newest_entry_load,
-- newest_decision (row numbers; only later rows are looked at).
-- What is grouped by quarter || '' is so that SQLite looks the later rows up, and reads no others.
-- Grain: one row per table and quarter.
SELECT 'closing' AS source, closing.quarter, MAX(closing.id) AS newest
FROM closing
WHERE closing.id > :newest_closing
GROUP BY closing.quarter
UNION ALL
SELECT 'examination', submission.quarter, MAX(examination.id)
FROM examination
JOIN submission ON submission.id = examination.submission_id
WHERE examination.id > :newest_examination AND examination.state <> 'held'
GROUP BY submission.quarter
UNION ALL
SELECT 'explanation', explanation.quarter, MAX(explanation.id)
FROM explanation
WHERE explanation.id > :newest_explanation
GROUP BY explanation.quarter
UNION ALL
SELECT 'entry_load', entry.quarter || '', MAX(entry.load_id)
FROM entry
WHERE entry.load_id > :newest_entry_load
GROUP BY entry.quarter || ''
UNION ALL
SELECT 'decision', action.quarter, MAX(later.id)
FROM (SELECT DISTINCT id, action FROM decision WHERE id > :newest_decision) AS later
JOIN action ON action.number = later.action
GROUP BY action.quarter
