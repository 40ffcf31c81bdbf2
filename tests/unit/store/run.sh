#!/bin/sh
# run.sh BINARY sqlite|postgres - runs the suite in a folder of its own.
# TEST=words runs only the tests whose name has them.
set -u
binary=$1
engine=$2
here=$(cd "$(dirname "$0")" && pwd)
postgres=$here/../../postgres.sh
dir=$(mktemp -d "${TMPDIR:-/tmp}/hubbub-store-XXXXXX")
chmod 755 "$dir"
finish() {
	[ "$engine" != postgres ] || "$postgres" stop "$dir/pg" immediate
	rm -rf "$dir"
}
trap finish EXIT
if [ "$engine" = postgres ]; then
	if [ ! -x "${HUBBUB_PG_BIN:-/usr/lib/postgresql/15/bin}/initdb" ]; then
		engine=none
		echo "skip the store's tests on PostgreSQL: postgresql-15 is not installed"
		exit 0
	fi
	source=$("$postgres" start "$dir/pg") || { echo "FAIL PostgreSQL does not start"; cat "$dir/pg/start.log"; exit 1; }
	"$binary" postgres "$dir" "$source"
else
	"$binary" "$engine" "$dir"
fi
