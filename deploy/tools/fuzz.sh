#!/usr/bin/env bash
# Repeat the property-based tests with a new seed each round until the given seconds are over; stop at the first failure.
set -euo pipefail

limit=${1:-300}
unset CI # hypothesis pins its choices where it sees continuous integration, and every round would be the same
rounds=0
while ((SECONDS < limit)); do
  seed=$RANDOM$RANDOM
  status=0
  .venv/bin/python -m pytest -q -m hypothesis --hypothesis-seed="$seed" || status=$?
  if ((status == 5)); then
    echo "No property-based test found." >&2
    exit 1
  elif ((status != 0)); then
    echo "Repeat this round: .venv/bin/python -m pytest -m hypothesis --hypothesis-seed=$seed" >&2
    exit "$status"
  fi
  rounds=$((rounds + 1))
done
echo "$rounds rounds in $SECONDS s, nothing found."
