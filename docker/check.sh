#!/usr/bin/env bash
# Builds the images and runs both compose files for real; acceptance/ asks the questions.
#
#   docker/check.sh [compose.yaml | compose.example.yaml]…      both, when none is named
#
# With a Docker daemon: `docker compose`, in a project of its own, torn down at the end. Without one: a program that stands
# in for it, named by MILLRACE_CONTAINER_CHECK and called as
#   PROGRAM --dockerfile docker/Dockerfile --compose FILE CHECKOUT -- COMMAND
# which builds, brings FILE up, runs COMMAND with the compose command line in $COMPOSE, and tears down.
# Exit: 0 all well, 1 not, 77 skipped: this machine can run no containers.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."

skipped=77
declare -A questions=([compose.yaml]=test_compose.py [compose.example.yaml]=test_example.py)

with_docker() { # FILE COMMAND…
  local file=$1 status=0; shift
  export COMPOSE="docker compose --project-name millrace-check --file $PWD/$file"
  { $COMPOSE build && $COMPOSE up --detach && "$@"; } || status=1
  [ "$status" = 0 ] || $COMPOSE logs --no-color --tail 50
  $COMPOSE down --volumes --remove-orphans
  return "$status"
}

check() { # FILE
  local command=(python3 -B "docker/acceptance/${questions[$1]}")
  if docker info >/dev/null 2>&1; then with_docker "docker/$1" "${command[@]}"; return; fi
  [ -n "${MILLRACE_CONTAINER_CHECK:-}" ] || return "$skipped"
  "$MILLRACE_CONTAINER_CHECK" --dockerfile docker/Dockerfile --compose "docker/$1" "$PWD" -- "${command[@]}"
}

[ $# -gt 0 ] || set -- compose.yaml compose.example.yaml
for file in "$@"; do
  status=0
  check "$file" || status=$?
  case $status in
    0) echo "docker/$file: passed" ;;
    "$skipped") echo "skipped: no container engine (no Docker daemon, and no stand-in in MILLRACE_CONTAINER_CHECK)"; exit 77 ;;
    *) echo "docker/$file: FAILED" >&2; exit 1 ;;
  esac
done
