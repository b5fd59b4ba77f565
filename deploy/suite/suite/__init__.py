"""The one place that knows all houses.

The `renraku` command, standalone mode, the supervisor of local processes, the demo school, and the
simulated outside world (`town`).
"""
