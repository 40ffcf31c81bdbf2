# packages - what Debian 12 must have to build and to test, and how it gets it. Sourced by ./run and ./test.

BUILD_PACKAGES=(gcc libc6-dev cmake ninja-build pkg-config libwebsockets-dev libwebsockets-evlib-uv libuv1-dev libcurl4-openssl-dev
	libjansson-dev libpq-dev libsqlite3-dev libssl-dev liblua5.4-dev libargon2-dev libvips-dev liboath-dev libqrencode-dev)
TEST_PACKAGES=(git curl python3 openssl procps ngircd postgresql-15 clang clang-tidy)
BROWSER_PACKAGES=(chromium nginx-light)

# Installs the packages that are missing; says so, since it takes a while.
install_packages() {
	local missing=() package
	for package in "$@"; do
		dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
	done
	[ ${#missing[@]} -eq 0 ] && return 0
	echo "Installing ${missing[*]} …" >&2
	local sudo=
	[ "$(id -u)" = 0 ] || sudo=sudo
	# A package that starts a service of its own would take ports and names; here everything is started by the tests.
	local policy=/usr/sbin/policy-rc.d made=
	if [ ! -e $policy ]; then
		printf '#!/bin/sh\nexit 101\n' | $sudo tee $policy >/dev/null && $sudo chmod 755 $policy && made=1
	fi
	$sudo apt-get update -qq >&2
	DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
	[ -n "$made" ] && $sudo rm -f $policy
	return 0
}

# Node comes from wherever it is; Debian's own otherwise.
install_node() {
	command -v node >/dev/null && command -v npm >/dev/null || install_packages nodejs npm
}

build_preset() {
	[ -e "build/$1/build.ninja" ] || cmake --preset "$1" >&2
	cmake --build "build/$1" >&2
}
