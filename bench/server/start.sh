#!/bin/sh
# Starts the issuer for a load test that compares it with other servers, each in its own start script.
#   PORT     where it listens on 127.0.0.1 (18090)
#   STATE    the folder that all its files go below (/tmp/sealwax-bench)
#   CLIENTS  how many confidential clients there are (1000)
#   PYTHON   the Python that has Sealwax installed (the repository's .venv)
# `start.sh prepare` only makes the clients; without it they are made on the first start.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
python=${PYTHON:-$root/.venv/bin/python}
data=${STATE:-/tmp/sealwax-bench}/sealwax
port=${PORT:-18090}

[ -e "$data/sealwax.sqlite3" ] || "$python" "$here/seed.py" "$data" "${CLIENTS:-1000}"
[ "${1:-}" = prepare ] && exit 0
exec "$python" -m sealwax serve --data "$data" --port "$port"
