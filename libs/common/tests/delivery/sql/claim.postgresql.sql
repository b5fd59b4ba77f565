-- The claim of two batches, while routes are closed and messages rest (common.delivery.claims).

WITH due AS (
    SELECT deliveries.id AS id
    FROM deliveries
    WHERE deliveries.state IN (__[POSTCOMPILE_state_1])              -- requested or deferred
      AND deliveries.lane = %(of_lane)s::VARCHAR                     -- urgent and normal rows are claimed apart
      AND deliveries.next_attempt_at <= %(due_at)s::TIMESTAMP WITH TIME ZONE
      AND (deliveries.route NOT IN (__[POSTCOMPILE_closed]))         -- a paused or full destination gets nothing
      AND (deliveries.message_id NOT IN (__[POSTCOMPILE_resting]))   -- a message that could not be prepared rests alone
    ORDER BY deliveries.next_attempt_at                              -- the longest waiting first
    LIMIT %(most)s::INTEGER
    FOR UPDATE SKIP LOCKED                                           -- what another process is claiming is passed over
),
numbered AS (
    SELECT due.id AS id, row_number() OVER () - %(param_3)s::INTEGER AS number
    FROM due
)
UPDATE deliveries
SET state=%(state)s::VARCHAR,                                        -- from the commit on, the state is the lock
    attempts=(deliveries.attempts + %(attempts_1)s::INTEGER),
    batch_id=CASE
        WHEN (numbered.number < %(param_1)s::INTEGER * %(size)s::INTEGER) THEN %(batch_0)s::UUID
        WHEN (numbered.number < %(param_2)s::INTEGER * %(size)s::INTEGER) THEN %(batch_1)s::UUID
    END,
    lease_until=%(leased_until)s::TIMESTAMP WITH TIME ZONE,          -- at the latest then it goes again
    holder=%(held_by)s::UUID                                         -- or as soon as this process falls silent
FROM numbered
WHERE deliveries.id = numbered.id
RETURNING deliveries.id, deliveries.school_id, deliveries.message_id, deliveries.contact_point_id,
    deliveries.guardian_id, deliveries.members, deliveries.address, deliveries.route, deliveries.lane,
    deliveries.attempts, deliveries.unknowns, deliveries.give_up_at, deliveries.batch_id
