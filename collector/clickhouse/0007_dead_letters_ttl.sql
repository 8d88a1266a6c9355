-- Dead letters wait for 90 days to be sent again. A time beyond 2106 would count as long ago.
ALTER TABLE dead_letters MODIFY TTL
    toDateTime(least(at, toDateTime64('2100-01-01 00:00:00', 3, 'UTC'))) + INTERVAL 90 DAY
