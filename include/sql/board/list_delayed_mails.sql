-- Purpose: mails that were put off, or planned a while ago and not tried, by reason; without those
-- that wait for a corrected address.
-- Parameters: planned_before (an instant: what was planned since may still be untried).
-- Grain: one row per reason (none for what was not tried), the most frequent first.
SELECT
    dispatch.reason,
    COUNT(*) AS number,
    MIN(
        COALESCE(
            (
                SELECT MIN(dispatch_event.at)
                FROM dispatch_event
                WHERE dispatch_event.dispatch = dispatch.id
                    AND dispatch_event.state = 'pending'
                    AND dispatch_event.reason IS NOT NULL
            ),
            dispatch.planned_at
        )
    ) AS since,
    MIN(dispatch.next_attempt_at) AS next_attempt_at
FROM dispatch
WHERE dispatch.state = 'pending'
    AND (dispatch.reason IS NULL OR dispatch.reason <> 'address_bounced')
    AND (dispatch.next_attempt_at IS NOT NULL OR dispatch.planned_at < :planned_before)
GROUP BY dispatch.reason
ORDER BY number DESC, dispatch.reason
