#!/usr/bin/env bash
# bite - shows that the matrix bites. Takes one permission check at a time out of a copy of the tree (bites/*.patch), builds it, which is one file and the
# linking, and runs the matrix up to the first row that is wrong. Every one must be caught.
#   tests/matrix/bite.sh            all of them: half an hour
#   tests/matrix/bite.sh hook edit  those with one of these in their names
#   BITE_COPY=DIR tests/matrix/bite.sh …   keeps the copy there, so that the next time little is built
# A patch begins with "first: " and a part of a route's name: the rows with it are asked before all the others.
set -uo pipefail
cd "$(dirname "$0")/../.."
ROOT=$PWD
COPY=${BITE_COPY:-$(mktemp -d /tmp/hubbub-bite.XXXXXX)}
running=()

# Only what was started here, with the servers it started.
stop_all() {
	local pid
	for pid in "${running[@]}"; do kill -KILL -- "-$pid" 2>/dev/null; done
	wait 2>/dev/null
	running=()
}
trap 'stop_all; [ -n "${BITE_COPY:-}" ] || rm -rf "$COPY"' EXIT
trap 'exit 130' INT TERM

# What is there and the same stays, with its time: then it is not compiled again.
copy_tree() {
	local file
	git ls-files -co --exclude-standard -z | while IFS= read -r -d '' file; do
		cmp -s "$file" "$COPY/$file" || cp --parents "$file" "$COPY" || return
	done
	ln -sfn "$ROOT/tests/flow/node_modules" "$COPY/tests/flow/node_modules" && rm -rf "$COPY/tmp" && mkdir "$COPY/tmp"
}

build() { cmake --build "$COPY/build/dev" --target hubbub hubbub-images hubbub-bots hubbub-irc >"$COPY/build.log" 2>&1; }

# True if all is right. What was wrong first is in caught.
caught=
run_matrix() {
	local test code=0 ended pid left begin=${1:-}
	caught=
	for test in hidden matrix; do
		MATRIX_FIRST=1 MATRIX_BEGIN=$begin TMPDIR=$COPY/tmp setsid node "$COPY/tests/matrix/$test.test.mjs" >"$COPY/$test.log" 2>&1 &
		running+=($!)
	done
	while [ ${#running[@]} -gt 0 ] && [ $code -eq 0 ]; do
		wait -n -p ended "${running[@]}"
		code=$?
		left=()
		for pid in "${running[@]}"; do [ "$pid" = "$ended" ] || left+=("$pid"); done
		running=("${left[@]}")
	done
	stop_all
	[ $code -eq 0 ] && return 0
	caught=$(cat "$COPY"/{matrix,hidden}.log | grep -am1 '^FAIL ' | cut -c6-200)
	return 1
}

one() {
	local patch=$1 name
	name=$(basename "$patch" .patch)
	if ! patch -d "$COPY" -p1 -s --no-backup-if-mismatch <"$patch" >"$COPY/patch.log" 2>&1; then
		echo "FAIL bite $name: the patch does not fit the code any more: $(tail -n 1 "$COPY/patch.log")"
		return 1
	fi
	local code=0
	if ! build; then
		echo "FAIL bite $name: it does not build: $(grep -m1 'error' "$COPY/build.log")"
		code=1
	elif run_matrix "$(sed -n 's/^first: //p' "$patch")"; then
		echo "FAIL bite $name: nothing was caught"
		code=1
	else
		echo "ok bite $name, caught by: $caught"
	fi
	patch -d "$COPY" -p1 -s -R --no-backup-if-mismatch <"$patch" >/dev/null
	return $code
}

wanted() {
	local word
	[ $# -eq 1 ] && return 0
	for word in "${@:2}"; do [[ $1 == *$word* ]] && return 0; done
	return 1
}

copy_tree && (cd "$COPY" && cmake --preset dev -DHUBBUB_WERROR=OFF) >"$COPY/build.log" 2>&1 && build || { tail -n 20 "$COPY/build.log"; echo 'FAIL bite: the copy does not build'; exit 1; }
run_matrix || { echo "FAIL bite: it is not right before anything is taken out: $caught"; exit 1; }
bad=0
for patch in "$ROOT"/tests/matrix/bites/*.patch; do
	wanted "$(basename "$patch")" "$@" || continue
	one "$patch" || bad=1
done
exit $bad
