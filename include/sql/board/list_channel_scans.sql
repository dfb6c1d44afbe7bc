-- Purpose: the newest scan of each channel. read_at: when a scan of its place was last completed
-- without an error; first_at: when its place was first scanned.
-- Parameters: none.
-- Grain: one row per channel.
SELECT
    newest.channel,
    newest.place,
    (
        SELECT MAX(completed.completed_at)
        FROM channel_round AS completed
        WHERE completed.channel = newest.channel
            AND completed.place = newest.place
            AND completed.error IS NULL
    ) AS read_at,
    (
        SELECT MIN(earlier.started_at)
        FROM channel_round AS earlier
        WHERE earlier.channel = newest.channel AND earlier.place = newest.place
    ) AS first_at,
    newest.started_at AS tried_at,
    newest.error
FROM channel_round AS newest
WHERE newest.id IN (SELECT MAX(id) FROM channel_round GROUP BY channel)
ORDER BY newest.channel, newest.place
