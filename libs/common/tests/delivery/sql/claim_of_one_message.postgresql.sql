-- The claim where a batch is of one message and is repeated as it was (common.delivery.kept_batches).

WITH first AS (
    SELECT multicasts.message_id AS message_id                       -- the message that has waited longest
    FROM multicasts
    WHERE multicasts.state IN (__[POSTCOMPILE_state_1])
      AND multicasts.lane = %(of_lane)s::VARCHAR
      AND multicasts.next_attempt_at <= %(due_at)s::TIMESTAMP WITH TIME ZONE
      AND multicasts.unknowns = %(unknowns_1)s::INTEGER              -- what is unknown goes again as it was, not here
    ORDER BY multicasts.next_attempt_at
    LIMIT %(param_1)s::INTEGER
    FOR UPDATE SKIP LOCKED
),
taken AS (
    SELECT multicasts.id AS id                                       -- its rows, up to the size of a request
    FROM multicasts
    WHERE multicasts.state IN (__[POSTCOMPILE_state_1])
      AND multicasts.lane = %(of_lane)s::VARCHAR
      AND multicasts.next_attempt_at <= %(due_at)s::TIMESTAMP WITH TIME ZONE
      AND multicasts.unknowns = %(unknowns_1)s::INTEGER
      AND multicasts.message_id = (SELECT first.message_id FROM first)
    ORDER BY multicasts.next_attempt_at
    LIMIT %(most)s::INTEGER
    FOR UPDATE SKIP LOCKED
),
counted AS (
    SELECT taken.id AS id, count(*) OVER () AS size
    FROM taken
)
UPDATE multicasts
SET batch_size=counted.size,                                         -- a repetition with fewer rows would be another request
    state=%(state)s::VARCHAR,
    attempts=(multicasts.attempts + %(attempts_1)s::INTEGER),
    batch_id=%(new_batch)s::UUID,                                    -- the key by which LINE knows a repeated request
    lease_until=%(leased_until)s::TIMESTAMP WITH TIME ZONE,
    holder=%(held_by)s::UUID
FROM counted
WHERE multicasts.id = counted.id
RETURNING multicasts.id, multicasts.school_id, multicasts.message_id, multicasts.contact_point_id,
    multicasts.guardian_id, multicasts.members, multicasts.address, multicasts.route, multicasts.lane,
    multicasts.attempts, multicasts.unknowns, multicasts.give_up_at, multicasts.batch_id
