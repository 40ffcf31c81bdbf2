#!/bin/sh
# store_bench.sh BINARY [SECONDS] - the table for both engines, each on a fresh database.
set -eu
binary=$1
seconds=${2:-5}
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d "${TMPDIR:-/tmp}/hubbub-bench-XXXXXX")
chmod 755 "$dir"
trap '"$here/../postgres.sh" stop "$dir/pg" immediate; rm -rf "$dir"' EXIT
"$binary" sqlite "$dir/sqlite" "$seconds"
"$binary" postgres "$("$here/../postgres.sh" start "$dir/pg")" "$seconds" | tail -n +3
