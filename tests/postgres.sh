#!/bin/sh
# postgres.sh - a PostgreSQL cluster of our own for tests.
#
#   postgres.sh start DIR    makes the cluster in DIR if there is none, starts it on a
#                            unix socket in DIR only, prints the connection string
#   postgres.sh stop DIR [fast|immediate]
#   postgres.sh restart DIR [fast|immediate]
#
# PostgreSQL refuses to run as root: as root it runs as the user postgres, or as
# nobody. The server is stopped by the pid in DIR/data/postmaster.pid.
# HUBBUB_PG_BIN names another folder of binaries; HUBBUB_PG_FSYNC=off is faster.
set -eu

bin=${HUBBUB_PG_BIN:-/usr/lib/postgresql/15/bin}
what=${1:?start, stop or restart}
dir=${2:?folder}
how=${3:-fast}
user=postgres
id -u "$user" >/dev/null 2>&1 || user=nobody

as_server() {
	if [ "$(id -u)" -ne 0 ]; then
		"$@"
	else
		(cd / && exec setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups "$@")
	fi
}

start() {
	if [ "$(id -u)" -eq 0 ]; then
		chown "$user" "$dir"
		chmod 755 "$dir"
	fi
	if [ ! -f "$dir/data/PG_VERSION" ]; then
		as_server "$bin/initdb" -D "$dir/data" -U hubbub -A trust -E UTF8 --locale=C.UTF-8 -N >"$dir/initdb.log" 2>&1
		cat >>"$dir/data/postgresql.conf" <<-CONF
			listen_addresses = ''
			unix_socket_directories = '$dir'
			max_connections = 60
			shared_buffers = 64MB
			fsync = ${HUBBUB_PG_FSYNC:-on}
			log_min_messages = fatal
		CONF
	fi
	as_server "$bin/pg_ctl" -D "$dir/data" -l "$dir/data/server.log" -w -t 60 start >"$dir/start.log" 2>&1
	echo "host=$dir user=hubbub dbname=postgres"
}

stop() {
	[ ! -f "$dir/data/postmaster.pid" ] || as_server "$bin/pg_ctl" -D "$dir/data" -m "$how" -w -t 60 stop >/dev/null
}

dir=$(mkdir -p "$dir" && cd "$dir" && pwd)
case $what in
start) start ;;
stop) stop ;;
restart) stop && start ;;
*) echo "postgres.sh start|stop|restart DIR" >&2; exit 2 ;;
esac
