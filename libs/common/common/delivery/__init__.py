"""The life of one delivery, the same for every channel.

It is taken in, claimed, prepared, handed over, settled and answered for; the rooms stand in the
order of that life (docs/fast-path.md tells how a row travels):

`points`        where directory says a page goes
`take_in`       how the page becomes rows
`flight`        the rows in a process's hands, and which lane is open to pages
`pace`          what the claimer may do next · `rests` messages that could not be prepared
`claims`        CLAIM, in SQL · `kept_batches` the same for a provider that knows a repeated request
`claimer`       one transaction a claim · `holders` who holds what is claimed, and whether it lives
`channel`       PREPARE, HAND OVER: the outside world as the loop sees it
`sending`       one batch prepared and handed over
`outcomes`      what a provider answers, as values
`states`        the words, transitions and the ladder of retries, without a database
`settle`        SETTLE: outcomes written · `rows` the queries · `answers` what messaging is told
`dispatcher`    the loop · `role` the loop and the queue door as one process
`sweep`         what heals after a crash · `present` what is open, measured for alarms
`tables`        the columns of a dispatcher's tables · `steps` of their migrations
`doors`         a dispatcher's queues, handlers and jobs
"""
