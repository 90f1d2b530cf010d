#!/bin/sh
# Becomes Node 24 on a program of the project: sh scripts/run.sh PROGRAM [ARGS…]. The bundled Node where it runs, else
# the system's where it is new enough. `exec` all the way, so that signals reach the program and nothing between.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
new_enough='const [major, minor] = process.versions.node.split("."); process.exit(major > 24 || (major == 24 && minor >= 15) ? 0 : 1)'

node="$root/node_modules/.bin/node"
if ! { [ -x "$node" ] && "$node" --version >/dev/null 2>&1; }; then
  node=$(command -v node || true)
  if [ -z "$node" ] || ! "$node" -e "$new_enough"; then
    echo "tidegate needs Node 24.15 or newer. On Linux x64 and arm64 it comes with \`npm ci\`; elsewhere install it." >&2
    exit 1
  fi
fi
if [ "$1" = --version ]; then
  exec "$node" -p 'process.versions.node + (process.execPath.includes("node_modules") ? "" : " (system)")'
fi
program=$1
shift

# What the engine runs with. Compiled modules are kept, so that a start neither strips types nor compiles again, in every
# thread: half the start and a fifth of the memory. A young generation of 2 MB a half, an old one that is collected before
# it has grown by a quarter, and memory that goes back to the system once it is free: the engine allocates next to nothing
# per tick, so that larger ones only stay resident. Who has set one of these himself is right.
case $program in
src/main.ts | scripts/compile.mjs)
  export NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE:-$root/node_modules/.cache/tidegate}"
  export MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX:-2}" MALLOC_TRIM_THRESHOLD_="${MALLOC_TRIM_THRESHOLD_:-1048576}"
  case ${NODE_OPTIONS:-} in
  *--max-semi-space-size*) ;;
  *) exec "$node" --max-semi-space-size=2 --heap-growing-percent=25 "$root/$program" "$@" ;;
  esac
  ;;
esac
exec "$node" "$root/$program" "$@"
