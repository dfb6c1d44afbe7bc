-- Purpose: every policy action with its newest decision; one without a decision awaits its reply.
-- Parameters: none.
-- Grain: one row per action.
SELECT
    action.number,
    action.quarter,
    action.agency,
    action.department,
    action.theme,
    action.text,
    action.request,
    action.urgency,
    action.scheme,
    action.raised_at,
    COALESCE(decision.decision, 'reply_awaited') AS decision,
    decision.decided_at,
    decision.remarks
FROM action
LEFT JOIN decision ON decision.id = (
    SELECT MAX(newest.id) FROM decision AS newest WHERE newest.action = action.number
)
