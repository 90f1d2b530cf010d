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
exec "$node" "$root/$program" "$@"
