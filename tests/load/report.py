#!/usr/bin/env python3
"""The load report: CPU time of serve and database for each operation, as a table. Run by ./test load.

   report.py BUILD [sqlite|postgres|clients|sessions|idle|all] [--posts N] [--sessions N]

Every figure is CPU time of the server's processes divided by operations, from /proc; the wall clock is shown beside it
and not judged, since machines are noisy. The floors (store alone, HTTP alone) are measured in the same run.
"""
import argparse
import hashlib
import json
import os
import pathlib
import random
import signal
import socket
import sqlite3
import string
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import apart
import clients
import history

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROWS = []
MISSED = []


def cpu_of(pid):
    """CPU seconds of a process, all threads, from its scheduler statistics."""
    total = 0
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/schedstat") as f:
                total += int(f.read().split()[0])
    except (FileNotFoundError, ProcessLookupError):
        pass
    return total / 1e9


def rss_of(pid):
    with open(f"/proc/{pid}/status") as f:
        for line in f:
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    return 0


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    def __init__(self, build, engine, folder):
        self.build, self.engine, self.folder = build, engine, folder
        self.port = free_port()
        self.metrics_port = free_port()
        settings = {"SqlSettings": {"DriverName": engine}, "TeamSettings": {"EnableOpenServer": True}, "LogSettings": {"ConsoleLevel": "WARN"},
                    "MetricsSettings": {"ListenAddress": f"127.0.0.1:{self.metrics_port}"}}
        if engine == "postgres":
            os.chmod(folder, 0o755)  # the database runs as a user of its own
            self.pg = os.path.join(folder, "pg")
            out = subprocess.run([ROOT / "tests/postgres.sh", "start", self.pg], check=True, capture_output=True, text=True).stdout
            self.source = settings["SqlSettings"]["DataSource"] = out.strip().splitlines()[-1]
        self.data = os.path.join(folder, "data")
        os.makedirs(self.data, exist_ok=True)
        pathlib.Path(self.data, "config.json").write_text(json.dumps(settings))
        self.process = None

    def start(self, address="127.0.0.1", words=()):
        self.url = f"http://{address}:{self.port}"
        self.process = subprocess.Popen([*words, self.build / "hubbub", "serve", "--data", self.data, "--listen", f"{address}:{self.port}"],
                                        stdout=subprocess.PIPE, text=True)
        self.ready = self.process.stdout.readline().strip()
        return self

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)

    def close(self):
        if self.process and self.process.poll() is None:
            self.stop()
        if self.engine == "postgres":
            subprocess.run([ROOT / "tests/postgres.sh", "stop", self.pg], check=False, capture_output=True)

    def own_cpu(self):
        """serve alone."""
        return cpu_of(self.process.pid)

    def cpu(self):
        """serve and, for PostgreSQL, every process of this database: they work in its folder."""
        total = cpu_of(self.process.pid)
        if self.engine == "postgres":
            for pid in filter(str.isdigit, os.listdir("/proc")):
                try:
                    with open(f"/proc/{pid}/comm") as f:
                        if f.read().strip() == "postgres" and os.path.realpath(f"/proc/{pid}/cwd").startswith(os.path.realpath(self.folder)):
                            total += cpu_of(pid)
                except (FileNotFoundError, ProcessLookupError, PermissionError):
                    continue
        return total

    def metric(self, name):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=60) as r:
            for line in r.read().decode().splitlines():
                if line.split(" ")[0] == name:
                    return float(line.split(" ")[1])
        raise KeyError(name)

    def call(self, method, path, body=None, token=None):
        request = urllib.request.Request(self.url + "/api/v4" + path, method=method, data=json.dumps(body).encode() if body is not None else None)
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=60) as r:
                return json.loads(r.read()), r.headers
        except urllib.error.HTTPError as e:
            if e.code != 429:
                print(method, path, e.code, e.read().decode()[:400], file=sys.stderr)
            raise

    def user(self, name, token=None):
        made, _ = self.call("POST", "/users", {"email": f"{name}@example.com", "username": name, "password": "password1"}, token)
        while True:
            try:
                _, headers = self.call("POST", "/users/login", {"login_id": name, "password": "password1"})
                break
            except urllib.error.HTTPError as e:
                if e.code != 429:
                    raise
                time.sleep(1)  # as Retry-After says
        made["token"] = headers["Token"]
        return made

    def load(self, *words):
        out = subprocess.run([self.build / "hubbub-load", "http", "--url", self.url, *map(str, words)], capture_output=True, text=True)
        return json.loads(out.stdout)


def show(name, engine, cpu_us, goal_us, more=""):
    verdict = "" if goal_us is None else ("  ok" if cpu_us <= goal_us else "  MISSED")
    if goal_us is not None and cpu_us > goal_us:
        MISSED.append(f"{name} ({engine}): {cpu_us:.0f} of {goal_us:.0f} µs")
    goal = "" if goal_us is None else f"{goal_us:.0f}"
    row = f"| {name} | {engine} | {cpu_us:.1f} | {goal} | {more}{verdict} |"
    ROWS.append(row)
    print(row, flush=True)


def measure(server, name, goal_us, count, *words, connections=32):
    before = server.cpu()
    r = server.load("--connections", connections, "--count", count, *words)
    used = (server.cpu() - before) / r["requests"] * 1e6
    if r["errors"]:
        raise SystemExit(f"{name}: {r['errors']} of {r['requests']} requests failed")
    show(f"{name}, {connections} connections", server.engine, used, goal_us, f"{r['per_second']:.0f}/s, p50 {r['p50_us']} µs, p99 {r['p99_us']} µs")


class Listeners:
    """WebSocket sessions in a process of their own."""

    def __init__(self, server, tokens, words=()):
        self.file = tempfile.NamedTemporaryFile("w", suffix=".tokens")
        self.file.write("\n".join(tokens) + "\n")
        self.file.flush()
        self.process = subprocess.Popen([*words, server.build / "hubbub-load", "ws", "--url", server.url, "--tokens", self.file.name],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.connected = json.loads(self.process.stdout.readline())

    def events(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())["events"]

    def wait_events(self, want):
        got, end = 0, time.monotonic() + 120
        while got < want and time.monotonic() < end:
            got += self.events()
        return got

    def close(self):
        self.process.stdin.close()
        self.process.wait(60)


def operations(build, engine, posts):
    with tempfile.TemporaryDirectory(prefix="hubbub-load-") as folder:
        server = Server(build, engine, folder).start()
        try:
            admin = server.user("admin")
            token = admin["token"]
            team, _ = server.call("POST", "/teams", {"name": "load", "display_name": "Load", "type": "O"}, token)
            channel, _ = server.call("POST", "/channels", {"team_id": team["id"], "name": "hundred", "display_name": "Hundred", "type": "O"}, token)
            members = [server.user(f"user{i}", token) for i in range(99)]
            for part in [members[i:i + 20] for i in range(0, len(members), 20)]:
                server.call("POST", f"/teams/{team['id']}/members/batch", [{"team_id": team["id"], "user_id": m["id"]} for m in part], token)
            server.call("POST", f"/channels/{channel['id']}/members", {"user_ids": [m["id"] for m in members]}, token)
            hook, _ = server.call("POST", "/hooks/incoming", {"channel_id": channel["id"], "display_name": "load"}, token)
            body = json.dumps({"channel_id": channel["id"], "message": "A message of ordinary length, number %d, as people write them all day."})
            post = ("--method", "POST", "--path", "/api/v4/posts", "--token", token, "--body", body)
            hooked = ("--method", "POST", "--path", f"/hooks/{hook['id']}", "--body", json.dumps({"text": "Build %d passed on main."}))
            print(f"# filling {posts} posts", file=sys.stderr)
            server.load("--count", posts, *post)
            middle, _ = server.call("GET", f"/channels/{channel['id']}/posts?per_page=1&page={posts // 2}", token=token)
            page = ("--path", f"/api/v4/channels/{channel['id']}/posts?per_page=60", "--token", token)
            scrolled = ("--path", f"/api/v4/channels/{channel['id']}/posts?per_page=60&before={middle['order'][0]}", "--token", token)
            pg = engine == "postgres"
            for c in (32, 1):
                n = 20000 if c == 32 else 2000
                measure(server, "ping (HTTP alone)", 20 if c == 32 else None, n * 2, "--path", "/api/v4/system/ping", connections=c)
                measure(server, "GET of 60 posts", (450 if pg else 250) if c == 32 else None, n // 2, *page, connections=c)
                measure(server, "GET of 60 older posts (before=ID, from the database)", None, n // 4, *scrolled, connections=c)
                measure(server, "POST /posts", (250 if pg else 200) if c == 32 else None, n, *post, connections=c)
                measure(server, "POST /hooks/ID", (250 if pg else 200) if c == 32 else None, n, *hooked, connections=c)
            listeners = Listeners(server, [m["token"] for m in members])
            measure(server, "POST /posts, 99 members connected", (250 if pg else 200) + 10 * 99, 5000, *post)
            listeners.close()
            server.stop()
            server.start()
            print(f"# {server.ready}", file=sys.stderr)
            show("start to ready, ms", engine, started(server), 100)
        finally:
            server.close()


def fresh(n=26):
    return "".join(random.choices(string.ascii_lowercase[:22] + string.digits, k=n))


def insert(server, tables):
    """Puts rows straight into the database of a stopped server: {table: (columns, rows)}."""
    if server.engine == "postgres":
        copies = (f"COPY {table} ({', '.join(columns)}) FROM STDIN;\n" + "".join("\t".join(map(str, row)) + "\n" for row in rows) + "\\.\n"
                  for table, (columns, rows) in tables.items())
        subprocess.run(["psql", "-q", "-v", "ON_ERROR_STOP=1", server.source], input="".join(copies) + "ANALYZE;\n", text=True, check=True)
        return
    db = sqlite3.connect(os.path.join(server.data, "hubbub.db"))
    with db:
        for table, (columns, rows) in tables.items():
            db.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", rows)
    db.close()


def crowd(server, team, everybody, sessions, channels):
    """People of one team, each signed in and in twenty channels, one of them the same for all; gives the tokens."""
    now = int(time.time() * 1000)
    rooms, people, tokens = [fresh() for _ in range(channels)], [fresh() for _ in range(sessions)], [fresh() for _ in range(sessions)]
    insert(server, {
        "channels": (("id", "create_at", "update_at", "team_id", "type", "display_name", "name"),
                     [(room, now, now, team, "O", f"Room {i}", f"room-{i}") for i, room in enumerate(rooms)]),
        "users": (("id", "create_at", "update_at", "username", "email", "roles"),
                  [(user, now, now, f"crowd{i}", f"crowd{i}@example.com", "system_user") for i, user in enumerate(people)]),
        "team_members": (("team_id", "user_id", "create_at"), [(team, user, now) for user in people]),
        "channel_members": (("channel_id", "user_id"), [(room, user) for user in people for room in [everybody] + random.sample(rooms, 19)]),
        "sessions": (("token_hash", "id", "user_id", "create_at", "expires_at", "last_activity_at"),
                     [(hashlib.sha256(token.encode()).hexdigest(), fresh(), user, now, now + 10**9, now) for user, token in zip(people, tokens)])})
    return tokens


def started(server):
    return float(server.ready.split("after ")[1].split(" ms")[0])


def many_sessions(build, engine, sessions):
    """SQLite: what sessions and events to them cost. Both: the start after a planned restart, with all of them to be continued."""
    with tempfile.TemporaryDirectory(prefix="hubbub-load-") as folder:
        server = Server(build, engine, folder).start()
        try:
            admin = server.user("admin")
            team, _ = server.call("POST", "/teams", {"name": "load", "display_name": "Load", "type": "O"}, admin["token"])
            room, _ = server.call("POST", "/channels", {"team_id": team["id"], "name": "everybody", "display_name": "Everybody", "type": "O"}, admin["token"])
            server.stop()
            tokens = crowd(server, team["id"], room["id"], sessions, 500)
            body = json.dumps({"channel_id": room["id"], "message": "To everybody, number %d, a message of ordinary length as people write them."})
            post = ("--method", "POST", "--path", "/api/v4/posts", "--token", admin["token"], "--body", body)
            server.start()
            empty = rss_of(server.process.pid)
            listeners = Listeners(server, tokens)
            print(f"# {listeners.connected}", file=sys.stderr)
            n = listeners.connected["connected"]
            listeners.events()
            if engine == "sqlite":
                connected = rss_of(server.process.pid)
                show(f"memory of a session, KB ({n} connected)", "sqlite", (connected - empty) / n, None)
                events_to_all(server, listeners, n, post, "over loopback", (None, None))
                after = rss_of(server.process.pid)
                ring = server.metric("hubbub_websocket_ring_bytes") / 1024 / n
                show(f"memory of a session after 100 events, KB, less its ring of {ring:.1f} KB", "sqlite", (after - empty) / n - ring, 5)
            else:
                server.load("--connections", 10, "--count", 100, *post)
                listeners.wait_events(100 * n)
            server.stop()
            server.start()
            continued = server.metric("hubbub_websocket_sessions")
            show(f"start to ready with {continued:.0f} sessions to be continued, ms", engine, started(server), 300 if engine == "sqlite" else None)
            listeners.close()
            server.stop()
            if engine == "sqlite":
                events_apart(server, tokens, post)
        finally:
            server.close()


def events_apart(server, tokens, post):
    """The same with the clients on a machine of their own (apart.py): what an event costs the server, not its clients."""
    missing = apart.possible()
    if missing:
        print(f"# events to clients on a machine of their own are not measured: {missing}", file=sys.stderr)
        return
    away = apart.Apart()
    try:
        here = ["taskset", "-c", ",".join(map(str, away.server_cpus))]
        server.start(away.address, here)
        listeners = Listeners(server, tokens, away.words)
        n = listeners.connected["connected"]
        listeners.events()
        events_to_all(server, listeners, n, post, "on another machine", (12, 3), [*here], ["--url", f"http://{away.address}", "--netns", away.namespace])
        listeners.close()
        server.stop()
    finally:
        away.close()


def events_to_all(server, listeners, n, post, where, goals, words=(), floor=()):
    bare = json.loads(subprocess.run([*words, server.build / "hubbub-load", "floor", "--connections", str(n), "--count", "20", *floor],
                                     capture_output=True, text=True, check=True).stdout)["cpu_us_each"]
    show(f"a bare send() of an event's size to clients {where}, each (the floor of the next)", "sqlite", bare, None)
    before, times = server.cpu(), 10
    for _ in range(times):
        server.load("--connections", 1, "--count", 1, *post)
        listeners.wait_events(n)
    show(f"one event to {n} sessions {where}, each", "sqlite", (server.cpu() - before) / times / n * 1e6, goals[0])
    before = server.cpu()
    for _ in range(9):
        server.load("--connections", 10, "--count", 10, *post)
        listeners.wait_events(10 * n)
    show(f"events in bursts of ten to {n} sessions {where}, each", "sqlite", (server.cpu() - before) / 90 / n * 1e6, goals[1])


def idle_memory(build):
    with tempfile.TemporaryDirectory(prefix="hubbub-load-") as folder:
        server = Server(build, "sqlite", folder).start()
        try:
            admin = server.user("admin")
            team, _ = server.call("POST", "/teams", {"name": "load", "display_name": "Load", "type": "O"}, admin["token"])
            room, _ = server.call("POST", "/channels", {"team_id": team["id"], "name": "r", "display_name": "R", "type": "O"}, admin["token"])
            body = json.dumps({"channel_id": room["id"], "message": "A message of ordinary length, number %d."})
            server.load("--count", 10000, "--method", "POST", "--path", "/api/v4/posts", "--token", admin["token"], "--body", body)
            time.sleep(60)  # a minute idle is the figure's own condition
            show("resident after 10,000 posts and a minute idle, MB", "sqlite", rss_of(server.process.pid) / 1024, 20)
        finally:
            server.close()


def what_clients_ask(build, engine):
    with tempfile.TemporaryDirectory(prefix="hubbub-load-") as folder:
        server = Server(build, engine, folder).start()
        try:
            clients.run(server, show, 20000)
        finally:
            server.close()


def long_past(build, engine, posts):
    with tempfile.TemporaryDirectory(prefix="hubbub-load-") as folder:
        server = Server(build, engine, folder).start()
        try:
            history.run(server, show, clients.cost, insert, fresh, posts)
        finally:
            server.close()


def main():
    p = argparse.ArgumentParser()
    p.add_argument("build", type=pathlib.Path)
    p.add_argument("what", nargs="?", default="all", choices=["all", "sqlite", "postgres", "sessions", "idle", "clients", "history"])
    p.add_argument("--history", type=int, default=1000000)
    p.add_argument("--posts", type=int, default=100000)
    p.add_argument("--sessions", type=int, default=15000)
    a = p.parse_args()
    print("| what | engine | CPU µs (or as named) | goal | wall clock, not judged |\n|---|---|---|---|---|")
    for engine in ("sqlite", "postgres"):
        if a.what in ("all", engine):
            operations(a.build, engine, a.posts)
    if a.what in ("all", "clients"):
        for engine in ("sqlite", "postgres"):
            what_clients_ask(a.build, engine)
    if a.what == "history":
        for engine in ("sqlite", "postgres"):
            long_past(a.build, engine, a.history)
    if a.what in ("all", "sessions"):
        for engine in ("sqlite", "postgres"):
            many_sessions(a.build, engine, a.sessions)
    if a.what in ("all", "idle"):
        idle_memory(a.build)
    for m in MISSED:
        print("missed:", m)
    return 1 if MISSED else 0


sys.exit(main())
