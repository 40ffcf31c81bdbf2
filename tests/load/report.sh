#!/usr/bin/env bash
# The load report: the store alone first (the floor), then the whole server. Further words go to report.py.
set -uo pipefail
cd "$(dirname "$0")/../.."
echo "## The store alone"
tests/load/store_bench.sh build/release/store_bench || exit 1
echo "## The server"
exec python3 tests/load/report.py build/release "$@"
