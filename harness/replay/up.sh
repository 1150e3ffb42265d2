#!/usr/bin/env bash
# The main job (`./dev up`): serve, make a table whose stream feeds echoDynamoDBEvent, replay the orders, check the result.
#   up.sh MILLRACE_BINARY [--stay] [--port N] [--runtime-api-port N] [--fixture DIR]
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
binary=$1; shift
stay=no port=8000 runtime_api_port=9001 fixture=$here/../../fixtures/orders
while [ $# -gt 0 ]; do
  case "$1" in
    --stay) stay=yes ;;
    --port) port=$2; shift ;;
    --runtime-api-port) runtime_api_port=$2; shift ;;
    --fixture) fixture=$2; shift ;;
    *) echo "usage: ./dev up [--stay] [--port N] [--runtime-api-port N] [--fixture DIR]" >&2; exit 2 ;;
  esac
  shift
done

exec {output}< <(exec "$binary" serve --port "$port" --runtime-api-port "$runtime_api_port")
server=$!
stop_server() { kill -TERM "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; }
trap stop_server EXIT

# The ready line names the bound port; a server that cannot start says why on standard error and closes the pipe.
ready=
while IFS= read -r -u "$output" line; do
  printf '%s\n' "$line"
  case "$line" in *'"event":"ready"'*) ready=$line; break ;; esac
done
[ -n "$ready" ] || { echo "millrace serve did not start (is port $port taken? try ./dev up --port 8001)" >&2; exit 1; }
port=${ready#*\"port\":}; port=${port%%[,\}]*}

cat <&"$output" &
status=0
"$binary" replay "$fixture" --endpoint "http://127.0.0.1:$port" || status=$?
if [ "$stay" = yes ] && [ "$status" = 0 ]; then
  echo "serving on http://127.0.0.1:$port until Ctrl-C"
  wait "$server" || true
fi
exit "$status"
