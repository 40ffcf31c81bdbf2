#!/usr/bin/env bash
# clang-tidy over the files that changed last; over all with "tidy.sh all". The checks are few and mean what they say.
set -uo pipefail
cd "$(dirname "$0")/../.."
CHECKS='-*,bugprone-*,-bugprone-easily-swappable-parameters,-bugprone-reserved-identifier,-bugprone-implicit-widening-of-multiplication-result,-bugprone-macro-parentheses,-bugprone-narrowing-conversions,-bugprone-suspicious-include,-bugprone-assignment-in-if-condition,-bugprone-branch-clone,-bugprone-signal-handler,-bugprone-not-null-terminated-result,-bugprone-misplaced-widening-cast,-bugprone-sizeof-expression'
files=$(git ls-files '*.c' | grep -vE '^tests/' | xargs ls -t | head -n "${TIDY_FILES:-12}")
[ "${1:-}" = all ] && files=$(git ls-files '*.c' | grep -vE '^tests/')
bad=0
while read -r file; do
	out=$(clang-tidy --quiet -p build/dev --checks="$CHECKS" --warnings-as-errors='*' "$file" -- -std=gnu17 -D_GNU_SOURCE -DHUBBUB_DEV=1 -I. -I/usr/include/postgresql -I/usr/include/lua5.4 $(pkg-config --cflags vips) 2>/dev/null) || {
		bad=1
		echo "FAIL clang-tidy $file: $(grep -E 'error:' <<<"$out" | head -3 | sed 's/.*error: //' | tr '\n' ';')"
	}
done <<<"$files"
[ $bad = 0 ] && echo "ok clang-tidy has nothing to say"
exit $bad
