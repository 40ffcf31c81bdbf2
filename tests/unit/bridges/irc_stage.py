"""The stage for tests of hubbub-irc: a serve and an IRC server, both played by the test.

Serve starts the real executable with a socketpair as descriptor 3. IrcServer
listens on loopback; what it says is up to the test, line by line. Every wait
ends by something arriving; the deadline only turns a hang into a failure.
"""
import json
import os
import select
import signal
import socket
import sys
import time

DEADLINE = 30.0
PARTY = "p" * 26
CHANNEL = "c" * 26
QUICK = "retry=20,retry_max=50,throttled=20,banned=20,rejoin=10,rejoin_max=20,reclaim=50"


class Failed(Exception):
    pass


def check(condition, why):
    if not condition:
        raise Failed(why)


class Lines:
    """Reads lines from a socket, with a deadline."""

    def __init__(self, sock):
        self.sock = sock
        self.held = b""

    def next(self, what):
        deadline = time.monotonic() + DEADLINE
        while b"\n" not in self.held:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.sock], [], [], left)[0]:
                raise Failed(f"nothing came while waiting for {what}")
            try:
                got = self.sock.recv(65536)
            except ConnectionResetError:
                got = b""
            if not got:
                raise EOFError(what)
            self.held += got
        line, self.held = self.held.split(b"\n", 1)
        return line.rstrip(b"\r")


class Conn:
    """One connection of the link, seen from the IRC server."""

    def __init__(self, sock):
        self.sock = sock
        self.lines = Lines(sock)
        self.passed = []

    def send(self, *lines):
        for line in lines:
            raw = line if isinstance(line, bytes) else line.encode()
            self.sock.sendall(raw + b"\r\n")

    def raw(self, data):
        self.sock.sendall(data)

    def expect(self, start):
        """The next line that begins so; lines before it are kept in passed."""
        self.passed = []
        while True:
            try:
                line = self.lines.next(start).decode()
            except EOFError:
                raise Failed(f"the link closed instead of {start}; before: {self.passed}")
            if line.startswith(start):
                return line
            self.passed.append(line)

    def expect_close(self):
        while True:
            try:
                self.lines.next("end of the connection")
            except EOFError:
                return

    def barrier(self, mark):
        """All that the link had to say when it read this has been read after it."""
        self.send(f"PING :{mark}")
        self.expect(f"PONG {mark}")
        return self.passed

    def close(self):
        self.sock.close()

    def caps(self, offered):
        """Capability negotiation up to CAP END."""
        self.expect("CAP LS 302")
        self.send(f":irc.test CAP * LS :{offered}")
        if offered:
            asked = self.expect("CAP REQ")[len("CAP REQ "):].lstrip(":")
            self.send(f":irc.test CAP * ACK :{asked}")
        self.expect("CAP END")

    def welcome(self, nick="hub", isupport="CASEMAPPING=ascii NICKLEN=30"):
        self.send(f":irc.test 001 {nick} :Welcome", f":irc.test 005 {nick} {isupport} :are supported",
                  f":irc.test 376 {nick} :End of MOTD")

    def joined(self, channel="#dev", nick="hub", names="@joe hub", tags=""):
        self.expect(f"JOIN {channel}")
        self.send(f"{tags}:{nick}!hub@host.test JOIN {channel}",
                  f":irc.test 353 {nick} = {channel} :{names}", f":irc.test 366 {nick} {channel} :End")

    def login(self, offered="", **more):
        self.caps(offered)
        self.welcome()
        self.joined(**more)
        return self


class IrcServer:
    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def accept(self):
        if not select.select([self.listener], [], [], DEADLINE)[0]:
            raise Failed("the link did not connect")
        return Conn(self.listener.accept()[0])

    def close(self):
        self.listener.close()


class Serve:
    """Plays serve for one incarnation of hubbub-irc."""

    def __init__(self, program, times=QUICK, crash=None):
        ours, theirs = socket.socketpair()
        env = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HUBBUB_IRC_TIMES": times}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
            if name in os.environ:
                env[name] = os.environ[name]
        if crash:
            env["HUBBUB_CRASH"] = crash
        self.pid = os.posix_spawn(program, [program], env,
                                  file_actions=[(os.POSIX_SPAWN_DUP2, theirs.fileno(), 3)])
        theirs.close()
        self.sock = ours
        self.lines = Lines(ours)
        self.others = []
        self.pings = 0
        self.status = None
        check(self.next("hello")["kind"] == "irc", "hello is of another kind")
        self.send(type="welcome", version=1, server="11.6.0", site="https://chat.test")

    def send(self, **line):
        self.sock.sendall(json.dumps(line).encode() + b"\n")

    def any(self, what="a line"):
        try:
            return json.loads(self.lines.next(what))
        except EOFError:
            raise Failed(f"hubbub-irc ended while waiting for {what}; others: {self.others[-5:]}")

    def next(self, kind, **like):
        """The next line of this type that has these members; others are kept."""
        while True:
            line = self.any(f"{kind} {like}")
            if line["type"] == kind and all(line.get(k) == v for k, v in like.items()):
                return line
            self.others.append(line)

    def message(self, **like):
        """The next message, accepted."""
        m = self.next("message", **like)
        self.accept(m)
        return m

    def accept(self, m):
        self.send(type="accepted", key=m["key"], post_id="a" * 26)

    def barrier(self):
        """The lines that came before the answer to a ping."""
        self.others = []
        self.pings += 1
        self.send(type="ping", no=self.pings)
        self.next("pong", no=self.pings)
        return self.others

    def party(self, irc, channels=None, **config):
        base = {"server": "127.0.0.1", "port": irc.port, "tls": False, "nick": "hub", "user": "hubbub",
                "line_interval_ms": 0, "burst": 100,
                "channels": channels or [{"remote": "#dev", "key": "", "channel_id": CHANNEL, "name": "dev"}]}
        base.update(config)
        self.send(type="party", id=PARTY, kind="irc", name="test", config=base)

    def deliver(self, ident, message="hello", kind="post", parts_done=0, channel=CHANNEL, post=None, **event):
        what = {"kind": kind, "no": 1, "create_at": 1000, "origin": "rest", "hops": 0,
                "channel": {"id": channel, "name": "dev", "display_name": "Dev", "type": "O"},
                "post": {"id": "x" * 26, "message": message, "type": "", "file_ids": [], "create_at": 1000,
                         **(post or {})},
                "user": {"id": "u" * 26, "username": "alice", "display_name": "", "is_bot": False}}
        what.update(event)
        self.send(type="deliver", id=ident, party=PARTY, parts_done=parts_done, event=what)

    def wait(self):
        """The process's exit status, as waitpid gives it."""
        deadline = time.monotonic() + DEADLINE
        while self.status is None:
            check(time.monotonic() < deadline, "hubbub-irc does not end")
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = status
            else:
                select.select([self.sock] if self.sock.fileno() >= 0 else [], [], [], 0.01)
                if self.sock.fileno() >= 0 and not self.sock.recv(65536):
                    self.sock.close()
        return self.status

    def kill(self):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            self.sock.close()
            self.wait()

    def stop(self):
        """Ends it as serve's death would, and wants a clean exit (sanitizers included)."""
        if self.status is None:
            self.sock.close()
            status = self.wait()
            check(status == 0, f"hubbub-irc ended with status {status}")


def run(tests, only):
    """Runs (sentence, function) pairs; the exit status for main."""
    failures = 0
    for name, function in tests:
        if only and only not in name:
            continue
        try:
            why = function()
            print(f"skip {name} {why}" if why else f"ok {name}", flush=True)
        except (Failed, EOFError, OSError, KeyError) as error:
            failures += 1
            print(f"FAIL {name} {type(error).__name__}: {error}", flush=True)
    return 1 if failures else 0


def main(tests):
    sys.exit(run(tests, sys.argv[2] if len(sys.argv) > 2 else None))
