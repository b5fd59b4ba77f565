"""The life of one delivery, the same for every channel: taken in, claimed, handed over, settled, answered for.

`outcomes` what a provider answers, as values · `states` the words, transitions and the ladder of retries, without a database ·
`tables` the columns of a dispatcher's table · `rows` its queries · `points` where directory says a page goes · `take_in` how the
page becomes rows · `kept_batches` the claim of a provider that knows a repeated request · `needs` what a message needs of other
houses before it can go, and what their refusal means · `dispatcher` the loop CLAIM (tx) → SEND
(no tx) → SETTLE (tx) · `sweep` what heals after a crash · `doors` a dispatcher's queues, handlers and jobs.
"""
