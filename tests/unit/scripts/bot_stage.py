"""The stage for tests of hubbub-bots: serve is played by the test, bots are written into a temporary folder.

Every wait ends by something arriving; the deadline only turns a hang into a failure.
"""
import json
import os
import signal
import socket
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bridges"))
from irc_stage import Failed, Lines, check, run  # noqa: E402

DEADLINE = 60.0
PROGRAM = sys.argv[1]
with open(PROGRAM, "rb") as program:
    PROGRAM_BYTES = program.read()
ECHO = 'hub.hear("x", function(m) m:reply("still here") end)'
TESTS = []
CHANNEL = "c" * 26
OTHER = "d" * 26


def ident(letters):
    """An id of one letter, or of two, 26 characters long."""
    return letters * (26 // len(letters))


class Folder:
    """A temporary folder with bots and the state of the process."""

    def __init__(self):
        self.kept = tempfile.TemporaryDirectory(prefix="hubbub-bots-")
        self.path = self.kept.name
        self.state = os.path.join(self.path, "state")
        os.mkdir(self.state)

    def write(self, bot, source, name="bot.lua"):
        path = os.path.join(self.path, bot, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as out:
            out.write(source)
        return os.path.join(self.path, bot)

    def close(self):
        self.kept.cleanup()


class Serve:
    """Plays serve for one incarnation of hubbub-bots; answers kv calls from its own store."""

    def __init__(self, program, folder, crash=None, kv=None):
        ours, theirs = socket.socketpair()
        env = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HUBBUB_STATE_DIR": folder.state}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
            if name in os.environ:
                env[name] = os.environ[name]
        if crash:
            env["HUBBUB_CRASH"] = crash
        self.folder = folder
        self.pid = os.posix_spawn(program, [program], env,
                                  file_actions=[(os.POSIX_SPAWN_DUP2, theirs.fileno(), 3)])
        theirs.close()
        self.sock = ours
        self.lines = Lines(ours)
        self.held = []
        self.pings = 0
        self.status = None
        self.kv = {} if kv is None else kv
        hello = self.any("hello")
        check(hello["type"] == "hello" and hello["kind"] == "bot", f"the hello is {hello}")
        self.send(type="welcome", version=1, server="11.6.0", site="https://chat.test")

    def send(self, **line):
        self.sock.sendall(json.dumps(line).encode() + b"\n")

    def any(self, what="a line"):
        try:
            return json.loads(self.lines.next(what))
        except EOFError:
            raise Failed(f"hubbub-bots ended while waiting for {what}; held: {self.held[-5:]}")

    def next(self, kind, **like):
        """The first line of this type that has these members; others are held for later."""
        def fits(line):
            return line["type"] == kind and all(line.get(k) == v for k, v in like.items())
        for i, line in enumerate(self.held):
            if fits(line):
                return self.held.pop(i)
        while True:
            line = self.any(f"{kind} {like}")
            if fits(line):
                return line
            self.held.append(line)

    def kv_calls(self, count):
        """Answers that many kv calls from the store."""
        for _ in range(count):
            while True:
                call = self.next("call")
                if call["name"].startswith("kv_"):
                    break
            self.answer_kv(call)

    def answer_kv(self, call):
        args, value = call["args"], None
        if call["name"] == "kv_get":
            value = self.kv.get(args["key"])
        elif call["name"] == "kv_set":
            self.kv[args["key"]] = args["value"]
        else:
            value = sorted(k for k in self.kv if k.startswith(args["prefix"]))
        self.result(call, value)

    def result(self, call, value=None, error=None):
        if error:
            self.send(type="result", no=call["no"], ok=False, error=error)
        else:
            self.send(type="result", no=call["no"], ok=True, value=value)

    def accept(self, message):
        self.send(type="accepted", party=message["party"], key=message["key"], post_id="a" * 26)

    def barrier(self):
        """What came before the answer to a ping and nobody asked for."""
        self.barrier_keeping()
        held, self.held = self.held, []
        return held

    def barrier_keeping(self):
        """A ping is answered; what came before is held."""
        self.pings += 1
        self.send(type="ping", no=self.pings)
        while True:
            line = self.any("pong")
            if line["type"] == "pong":
                break
            self.held.append(line)

    def party(self, folder, letter="p", name="echo", online=True, **config):
        base = {"user_id": ident("b"), "username": name, "folder": folder, "settings": {}}
        base.update(config)
        self.send(type="party", id=ident(letter), kind="bot", name=name, config=base)
        if online:
            self.next("state", party=ident(letter), state="online")
            return self.next("call", name="set_commands", party=ident(letter))["args"]["commands"]
        return None

    def bot(self, source, letter="p", **config):
        """A bot of one file, loaded; its commands."""
        return self.party(self.folder.write("bot-" + letter, source), letter, **config)

    def deliver(self, name, text="hello", letter="p", kind="post", channel=CHANNEL, kind_of_channel="O", post=None,
                user=None, **event):
        what = {"kind": kind, "no": 1, "create_at": 1000, "origin": "rest", "hops": 0,
                "channel": {"id": channel, "name": "dev", "display_name": "Dev", "type": kind_of_channel,
                            "team_id": ident("t")},
                "post": {"id": ident("x"), "user_id": ident("u"), "root_id": "", "message": text, "type": "",
                         "file_ids": [], "create_at": 1000, "props": {}, "is_pinned": False, **(post or {})},
                "user": {"id": ident("u"), "username": "alice", "display_name": "", "is_bot": False,
                         **(user or {})}}
        what.update(event)
        self.send(type="deliver", id=name, party=ident(letter), parts_done=0, event=what)

    def ack(self, name):
        """The writes of a delivery's ack, whose values are kept."""
        line = self.next("ack", id=name)
        for row in line.get("values", []):
            self.kv[row["key"]] = row["value"]
        return line["writes"]

    def hear(self, name, text="hello", **more):
        self.deliver(name, text, **more)
        return self.ack(name)

    def texts(self, name, text="hello", **more):
        return [w["text"] for w in self.hear(name, text, **more)]

    def command(self, trigger, text="", no=1, letter="p"):
        self.send(type="call", no=no, party=ident(letter), name="command",
                  args={"trigger": trigger, "text": text, "root_id": "",
                        "user": {"id": ident("u"), "username": "alice"},
                        "channel": {"id": CHANNEL, "name": "dev", "type": "O"}})

    def wait(self):
        """The process's exit status, as waitpid gives it; what it still says is dropped."""
        if self.status is None:
            alarm = threading.Timer(DEADLINE, os.kill, (self.pid, signal.SIGKILL))
            alarm.start()
            self.status = os.waitpid(self.pid, 0)[1]
            alarm.cancel()
        return self.status

    def killed(self):
        """It ended by SIGKILL, as it should have."""
        try:
            while True:
                self.held.append(json.loads(self.lines.next("the end")))
        except EOFError:
            pass
        status = self.wait()
        self.sock.close()
        check(os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, f"it ended with status {status}")

    def kill(self):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            self.wait()
        self.sock.close()

    def stop(self):
        """Ends it as serve's death would, and wants a clean exit (sanitizers included)."""
        if self.status is None:
            self.sock.close()
            status = self.wait()
            check(status == 0, f"hubbub-bots ended with status {status}")


def memory_kb(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def test(sentence, own=False):
    """A test gets a serve that is stopped behind it; with own, the folder, and plays as many as it likes."""
    def wrap(function):
        def staged():
            folder = Folder()
            serve = None if own else Serve(PROGRAM, folder)
            try:
                why = function(folder if own else serve)
                if serve:
                    serve.stop()
                return why
            finally:
                if serve:
                    serve.kill()
                folder.close()
        TESTS.append((sentence, staged))
        return function
    return wrap


def equal(got, wanted):
    check(got == wanted, f"{got} is not {wanted}")


def main():
    sys.exit(run(TESTS, sys.argv[2] if len(sys.argv) > 2 else None))
