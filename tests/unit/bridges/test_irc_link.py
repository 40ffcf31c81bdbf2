"""hubbub-irc between a serve and an IRC server that the test plays. Usage: test_irc_link.py PROGRAM [WORDS]"""
import base64
import os
import signal
import socket
import sys

from irc_stage import CHANNEL, PARTY, QUICK, IrcServer, Lines, Serve, check, main

PROGRAM = sys.argv[1]
ECHO = "message-tags server-time batch echo-message labeled-response"
TESTS = []


def test(sentence, times=QUICK, crash=None):
    """Gives the function a serve and a server, and ends both in good order."""
    def wrap(function):
        def run():
            server = IrcServer()
            serve = Serve(PROGRAM, times, crash)
            try:
                result = function(serve, server)
                serve.stop()
                return result
            finally:
                serve.kill()
                server.close()
        TESTS.append((sentence, run))
        return function
    return wrap


def start(serve, server, offered="", **config):
    serve.party(server, **config)
    conn = server.accept().login(offered)
    serve.next("state", state="online")
    return conn


def pong(conn):
    ping = conn.expect("PING hub-")
    conn.send(f":irc.test PONG irc.test :{ping[5:]}")


@test("a line is acked after the PONG to a PING behind it, and not before")
def _(serve, server):
    conn = start(serve, server)
    serve.deliver("d1", "hello **world**")
    check(conn.expect("PRIVMSG") == "PRIVMSG #dev :<alice> hello \2world\2", "another text")
    ping = conn.expect("PING hub-")
    check(not [l for l in serve.barrier() if l["type"] == "ack"], "acked before the PONG")
    conn.send(f":irc.test PONG irc.test :{ping[5:]}")
    check(serve.next("ack", id="d1")["remote_ids"] == [], "has remote ids")


@test("with echo-message a line is acked by its echo, whose msgid is the remote id")
def _(serve, server):
    conn = start(serve, server, ECHO)
    serve.deliver("d1")
    line = conn.expect("@label=")
    label = line.split(" ")[0][7:]
    check(line.endswith("PRIVMSG #dev :<alice> hello"), line)
    check(not [l for l in serve.barrier() if l["type"] == "ack"], "acked before the echo")
    conn.send(f"@label={label};msgid=m1;time=2030-01-01T00:00:00.000Z :hub!hub@host.test PRIVMSG #dev :<alice> hello")
    check(serve.next("ack", id="d1")["remote_ids"] == ["m1"], "another remote id")
    check(not [l for l in serve.barrier() if l["type"] == "message"], "the echo came in as a message")


@test("a line whose echo stays away is asked for with a PING", times=QUICK + ",echo=10")
def _(serve, server):
    conn = start(serve, server, ECHO)
    serve.deliver("d1")
    conn.expect("@label=")
    pong(conn)
    serve.next("ack", id="d1")


@test("a post of several lines reports progress, and another run begins where it stood")
def _(serve, server):
    conn = start(serve, server)
    serve.deliver("d1", "one\ntwo\nthree")
    conn.expect("PRIVMSG #dev :<alice> one")
    pong(conn)
    check(serve.next("progress", id="d1")["parts_done"] == 1, "another count")
    conn.expect("PRIVMSG #dev :<alice> two")
    serve.kill()
    again = Serve(PROGRAM)
    try:
        conn = start(again, server)
        again.deliver("d1", "one\ntwo\nthree", parts_done=1)
        conn.expect("PRIVMSG #dev :<alice> two")
        check(not [l for l in conn.passed if "one" in l], "the first line came again")
        pong(conn)
        conn.expect("PRIVMSG #dev :<alice> three")
        pong(conn)
        again.next("ack", id="d1")
        again.stop()
    finally:
        again.kill()


@test("serve hears now and then of a delivery that waits, also while there is no connection")
def _(serve, server):
    serve.send(type="welcome", version=1, server="11.6.0", site="https://chat.test", answer_ms=80)
    serve.party(server)
    serve.deliver("d1")
    for _ in range(3):
        check(serve.next("progress", id="d1")["parts_done"] == 0, "another count")
    conn = server.accept().login()
    conn.expect("PRIVMSG #dev :<alice> hello")
    serve.next("progress", id="d1")
    pong(conn)
    serve.next("ack", id="d1")


@test("where serve says when an answer is kept, nothing more is said before it is")
def _(serve, server):
    serve.send(type="welcome", version=1, server="11.6.0", site="https://chat.test", features=["settled"])
    conn = start(serve, server)
    serve.deliver("d1", "one\ntwo")
    serve.deliver("d2", "three")
    for said, answer, ident in (("one", "progress", "d1"), ("two", "ack", "d1"), ("three", "ack", "d2")):
        conn.expect(f"PRIVMSG #dev :<alice> {said}")
        pong(conn)
        serve.next(answer, id=ident)
        serve.barrier()
        check(not [l for l in conn.barrier(f"after-{said}") if "PRIVMSG" in l], "the next line did not wait")
        serve.send(type="settled", id=ident)


def killed_at(point, copies, acked):
    @test(f"killed at {point}, the line is said {'once' if copies == 1 else 'twice at most'}", crash=point + ":1")
    def _(serve, server):
        serve.party(server)
        conn = server.accept().login()
        serve.next("state", state="online")
        serve.deliver("d1")
        if point.endswith("ack"):
            conn.expect("PRIVMSG")
            pong(conn)
        if acked:
            serve.next("ack", id="d1")
        status = serve.wait()
        check(os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, "was not killed there")
        said = 1 if point.endswith("ack") else 0
        try:
            while not said:
                said += conn.lines.next("the end").startswith(b"PRIVMSG")
        except EOFError:
            pass
        again = Serve(PROGRAM)
        try:
            conn = start(again, server)
            if not acked:
                again.deliver("d1")
                conn.expect("PRIVMSG #dev :<alice> hello")
                said += 1
                pong(conn)
                again.next("ack", id="d1")
            check(said == copies, f"said {said} times")
            again.stop()
        finally:
            again.kill()
        serve.status = 0


killed_at("before_send", 1, False)
killed_at("after_send", 2, False)
killed_at("before_ack", 2, False)
killed_at("after_ack", 1, True)


@test("capabilities listed in several lines are all seen, and only known ones are asked for")
def _(serve, server):
    serve.party(server)
    conn = server.accept()
    conn.expect("CAP LS 302")
    conn.send(":irc.test CAP * LS * :multi-prefix example.org/odd", ":irc.test CAP * LS :server-time sasl=PLAIN")
    asked = conn.expect("CAP REQ")
    check(asked == "CAP REQ :multi-prefix server-time", asked)
    conn.send(":irc.test CAP * ACK :multi-prefix server-time")
    conn.expect("CAP END")
    conn.welcome()
    conn.joined()
    serve.next("state", state="online")


@test("capabilities that are refused together are asked for one by one")
def _(serve, server):
    serve.party(server)
    conn = server.accept()
    conn.expect("CAP LS 302")
    conn.send(":irc.test CAP * LS :server-time echo-message")
    conn.expect("CAP REQ :server-time echo-message")
    conn.send(":irc.test CAP * NAK :server-time echo-message")
    conn.expect("CAP REQ server-time")
    conn.expect("CAP REQ echo-message")
    conn.send(":irc.test CAP * ACK :server-time", ":irc.test CAP * NAK :echo-message")
    conn.expect("CAP END")


@test("a server without capabilities is fine, and its password and channel key are given")
def _(serve, server):
    serve.party(server, password="let me in", channels=[{"remote": "#dev", "key": "k3y", "channel_id": CHANNEL}])
    conn = server.accept()
    conn.expect("PASS :let me in")
    conn.expect("NICK hub")
    conn.expect("USER hubbub 0 * Hubbub")
    conn.send(":irc.test 421 * CAP :Unknown command")
    conn.welcome()
    check(conn.expect("JOIN") == "JOIN #dev k3y", "no key")


def sasl(serve, server, password):
    serve.party(server, sasl_user="hub", sasl_password=password)
    conn = server.accept()
    conn.expect("CAP LS 302")
    conn.send(":irc.test CAP * LS :sasl=PLAIN,EXTERNAL")
    conn.expect("CAP REQ sasl")
    conn.send(":irc.test CAP * ACK :sasl")
    conn.expect("AUTHENTICATE PLAIN")
    conn.send("AUTHENTICATE +")
    return conn


@test("SASL PLAIN goes in pieces of 400 bytes and leads to the welcome")
def _(serve, server):
    password = "p" * 294               # \0hub\0 and this are 299 bytes, so exactly 400 in base64
    conn = sasl(serve, server, password + "x")
    first, last = conn.expect("AUTHENTICATE")[13:], conn.expect("AUTHENTICATE")[13:]
    check(len(first) == 400 and last == "+", f"{len(first)} and {last}")
    check(base64.b64decode(first) == b"\0hub\0" + password.encode() + b"x", "another secret")
    conn.send(":irc.test 900 * * hub :You are logged in", ":irc.test 903 * :SASL done")
    conn.expect("CAP END")
    conn.welcome()
    conn.joined()
    serve.next("state", state="online")


@test("a refused SASL login is reported as failed")
def _(serve, server):
    conn = sasl(serve, server, "wrong")
    conn.expect("AUTHENTICATE")
    conn.send(":irc.test 904 * :SASL authentication failed")
    check("SASL" in serve.next("state", state="failed")["text"], "does not say why")
    conn.expect_close()


@test("SASL that is wanted and not offered ends the login")
def _(serve, server):
    serve.party(server, sasl_user="hub", sasl_password="secret")
    conn = server.accept()
    conn.expect("CAP LS 302")
    conn.send(":irc.test CAP * LS :server-time")
    conn.expect("CAP REQ")
    conn.send(":irc.test CAP * ACK :server-time")
    serve.next("state", state="failed")


@test("a nick in use gets a suffix, and the wanted one is taken back when it is free", times="reclaim=3600000")
def _(serve, server):
    serve.party(server)
    conn = server.accept()
    conn.caps("")
    conn.send(":irc.test 433 * hub :Nickname is already in use")
    conn.expect("NICK hub_")
    conn.send(":irc.test 433 * hub_ :Nickname is already in use")
    conn.expect("NICK hub__")
    conn.welcome("hub__")
    conn.joined(nick="hub__", names="hub__ hub joe")
    serve.next("state", state="online")
    conn.send(":hub!old@host.test QUIT :bye")
    conn.expect("NICK hub")
    conn.send(":hub__!hub@host.test NICK :hub", ":hub!hub@host.test PRIVMSG #dev :mine",
              ":joe!j@host.test PRIVMSG #dev :his")
    check(serve.message(op="post")["text"] == "his", "our own line came in")


@test("the wanted nick is tried again now and then")
def _(serve, server):
    serve.party(server)
    conn = server.accept()
    conn.caps("")
    conn.send(":irc.test 433 * hub :Nickname is already in use")
    conn.expect("NICK hub_")
    conn.welcome("hub_")
    conn.expect("NICK hub")
    conn.send(":irc.test 433 hub_ hub :Nickname is already in use")
    conn.expect("NICK hub")


@test("after a kick the link joins again, and what was delivered meanwhile is answered")
def _(serve, server):
    conn = start(serve, server)
    conn.send(":joe!j@host.test KICK #dev hub :out")
    check("kicked by joe" in serve.next("log")["text"], "does not say who")
    conn.joined()
    serve.deliver("d1")
    conn.expect("PRIVMSG #dev :<alice> hello")
    pong(conn)
    serve.next("ack", id="d1")


@test("a line in flight at a kick is given back for later", times="rejoin=600000,rejoin_max=600000")
def _(serve, server):
    conn = start(serve, server)
    serve.deliver("d1")
    conn.expect("PRIVMSG")
    conn.send(":joe!j@host.test KICK #dev hub :out")
    check(serve.next("nack", id="d1")["retry_ms"] > 0, "no time")
    serve.deliver("d2")
    check("kicked" in serve.next("nack", id="d2")["why"], "does not say why")


@test("a channel that does not let the link in is tried again, deliveries come back with the reason",
      times="rejoin=600000,rejoin_max=600000")
def _(serve, server):
    serve.party(server)
    conn = server.accept()
    conn.caps("")
    conn.welcome()
    serve.deliver("d1")
    conn.expect("JOIN #dev")
    conn.send(":irc.test 474 hub #dev :Cannot join channel (+b)")
    check("+b" in serve.next("nack", id="d1")["why"], "does not say why")


@test("people who come, go, are kicked or change their nick are reported")
def _(serve, server):
    conn = start(serve, server)
    conn.send(":ann!a@host.test JOIN #dev")
    m = serve.message(op="join")
    check(m["author"] == {"name": "ann", "account": "ann!a@host.test"}, str(m))
    conn.send(":ann!a@host.test NICK :anna")
    check(serve.message(op="part")["author"]["name"] == "ann", "another one left")
    check(serve.message(op="join")["author"]["name"] == "anna", "another one came")
    conn.send(":joe!j@host.test KICK #dev anna :no")
    check(serve.message(op="part")["author"]["name"] == "anna", "another one was kicked")
    conn.send(":joe!j@host.test PART #dev")
    check(serve.message(op="part")["author"]["name"] == "joe", "joe from NAMES is not known")


@test("a netsplit makes everybody leave who was there, and nobody else")
def _(serve, server):
    serve.party(server)
    conn = server.accept().login(names="@joe +ann hub bob")
    for nick in ("joe", "stranger", "bob"):
        conn.send(f":{nick}!x@host.test QUIT :a.test b.test")
    conn.send(":ann!x@host.test PRIVMSG #dev :who is left?")
    got = [serve.message(party=PARTY) for _ in range(3)]
    check([(m["op"], m["author"]["name"]) for m in got] ==
          [("part", "joe"), ("part", "bob"), ("post", "ann")], str(got))


@test("throttled, banned and lost connections are told apart and made again")
def _(serve, server):
    serve.party(server)
    conn = server.accept()
    conn.expect("USER")
    conn.send("ERROR :Closing Link: (Throttled: Reconnecting too fast)")
    check("Throttled" in serve.next("state", state="offline")["text"], "does not say why")
    conn = server.accept()
    conn.expect("USER")
    conn.send(":irc.test 465 hub :You are banned from this server")
    check("banned" in serve.next("state", state="failed")["text"], "does not say why")
    conn = server.accept().login()
    serve.next("state", state="online")
    conn.close()
    serve.next("state", state="offline")
    server.accept().login()
    serve.next("state", state="online")


@test("half lines, blank lines, bare LF and much too long lines do no harm")
def _(serve, server):
    conn = start(serve, server)
    conn.raw(b":joe!j@host.test PRIV")
    conn.raw(b"MSG #dev :first\r\n\r\n\n \r\n:joe!j@host.test PRIVMSG #dev :second\n")
    conn.raw(b":joe!j@host.test PRIVMSG #dev :" + b"x" * 10000 + b"\r\n")
    conn.raw(b":joe!j@host.test PRIVMSG #dev :" + b"y" * 100000 + b"\r\n")
    conn.raw(b":joe!j@host.test PRIVMSG #dev :third\r\n:::\r\n@\r\n: \r\n@a= :x\r\n")
    check([serve.message(op="post")["text"] for _ in range(3)] == ["first", "second", "third"], "other texts")
    check(any("too long" in l.get("text", "") for l in serve.others), "the long lines are not told of")


@test("a silent server is asked with PING and then given up", times=QUICK + ",silence=100,answer=100")
def _(serve, server):
    serve.party(server)
    conn = server.accept().login()
    conn.expect("PING hubbub-alive")
    check("silent" in serve.next("state", state="offline")["text"], "does not say why")
    conn.expect_close()
    server.accept()


@test("a server that never answers the login is left", times=QUICK + ",login=50")
def _(serve, server):
    serve.party(server)
    server.accept().expect_close()
    serve.next("state", state="offline")


@test("a line in flight when the connection breaks is said again on the next one")
def _(serve, server):
    conn = start(serve, server)
    serve.deliver("d1")
    conn.expect("PRIVMSG")
    conn.close()
    conn = server.accept().login()
    conn.expect("PRIVMSG #dev :<alice> hello")
    pong(conn)
    serve.next("ack", id="d1")


@test("what people say comes in with author, account, msgid, reply and as Markdown")
def _(serve, server):
    conn = start(serve, server, ECHO, encoding_fallback="windows-1252")
    conn.send("@msgid=m7;+draft/reply=m6;time=2030-01-01T00:00:00.000Z :joe!j@host.test PRIVMSG #dev :\2big\2 word")
    m = serve.message(op="post")
    check(m["text"] == "**big** word" and m["remote_id"] == "m7" and m["reply_to_remote"] == "m6", str(m))
    check(m["author"] == {"name": "joe", "account": "joe!j@host.test"} and m["channel_id"] == CHANNEL, str(m))
    conn.send(":joe!j@host.test PRIVMSG #dev :\1ACTION waves\1", b":joe!j@host.test PRIVMSG #dev :caf\xe9 \x80 5")
    m = serve.message(op="post")
    check(m["text"] == "waves" and m["message_type"] == "me" and "remote_id" not in m, str(m))
    check(serve.message(op="post")["text"] == "café € 5", "another encoding")
    conn.send(":joe!j@host.test PRIVMSG #other :no", ":joe!j@host.test PRIVMSG hub :no",
              ":irc.test NOTICE #dev :no", "@+draft/react=x;+draft/reply=m7 :joe!j@host.test TAGMSG #dev",
              ":joe!j@host.test REDACT #dev m7 :oops")
    m = serve.message()
    check(m["op"] == "react" and m["emoji"] == "x" and m["remote_id"] == "m7", str(m))
    check(serve.message()["op"] == "delete", "no delete")


@test("somebody of the hub who is addressed by name is mentioned")
def _(serve, server):
    conn = start(serve, server)
    serve.deliver("d1")
    conn.expect("PRIVMSG")
    pong(conn)
    serve.next("ack", id="d1")
    conn.send(":joe!j@host.test PRIVMSG #dev :alice: hi", ":joe!j@host.test PRIVMSG #dev :bob: hi")
    check(serve.message(op="post")["text"] == "@alice: hi", "no mention")
    check(serve.message(op="post")["text"] == "bob: hi", "a mention of nobody")


@test("lines from before the JOIN and from history batches are left out")
def _(serve, server):
    serve.party(server)
    conn = server.accept().login("server-time batch", tags="@time=2030-01-01T00:00:05.000Z ")
    conn.send("@time=2030-01-01T00:00:04.000Z :joe!j@host.test PRIVMSG #dev :old",
              ":irc.test BATCH +h1 chathistory #dev",
              "@batch=h1 :joe!j@host.test PRIVMSG #dev :older", ":irc.test BATCH -h1",
              "@time=2030-01-01T00:00:06.000Z :joe!j@host.test PRIVMSG #dev :new")
    check(serve.message(op="post")["text"] == "new", "an old line came in")


@test("a refused message is given again after its time with the same key, another refusal is final")
def _(serve, server):
    conn = start(serve, server)
    conn.send(":joe!j@host.test PRIVMSG #dev :one")
    m = serve.next("message")
    serve.send(type="refused", key=m["key"], why="later", retry=True, retry_ms=10)
    again = serve.next("message")
    check(again == m, f"{m} and then {again}")
    serve.send(type="refused", key=m["key"], why="never", retry=False)
    check("never" in serve.next("log")["text"], "not told")
    conn.send(":joe!j@host.test PRIVMSG #dev :two")
    check(serve.message()["text"] == "two", "it came again")


@test("at most 32 messages wait for serve, the others follow in order")
def _(serve, server):
    conn = start(serve, server)
    for i in range(100):
        conn.send(f":joe!j@host.test PRIVMSG #dev :{i}")
    conn.barrier("all-read")
    first = [l for l in serve.barrier() if l["type"] == "message"]
    check([m["text"] for m in first] == [str(i) for i in range(32)], f"{len(first)} came")
    check(len({m["key"] for m in first}) == 32, "keys are not unique")
    for m in first:
        serve.accept(m)
    check([serve.message()["text"] for _ in range(68)] == [str(i) for i in range(32, 100)], "another order")


@test("the flood bucket holds lines back and loses none")
def _(serve, server):
    conn = start(serve, server, burst=3, line_interval_ms=600000)
    for i in range(3):
        serve.deliver(f"d{i}", f"line {i}")
    for i in range(2):             # the JOIN has taken the third token
        conn.expect(f"PRIVMSG #dev :<alice> line {i}")
        pong(conn)
        serve.next("ack", id=f"d{i}")
    serve.barrier()
    check(not [l for l in conn.barrier("b1") if "PRIVMSG" in l], "a line too many")
    serve.party(server, burst=100, line_interval_ms=0)
    conn.expect("PRIVMSG #dev :<alice> line 2")
    pong(conn)
    serve.next("ack", id="d2")


@test("what the server does not let through is dead, with the server's words")
def _(serve, server):
    conn = start(serve, server)
    serve.deliver("d1")
    conn.expect("PING hub-")
    conn.send(":irc.test 404 hub #dev :Cannot send to channel (+m)")
    nack = serve.next("nack", id="d1")
    check(nack["dead"] is True and "+m" in nack["why"], str(nack))
    serve.deliver("d2", channel="z" * 26)
    check(serve.next("nack", id="d2")["dead"] is True, "a stranger's channel")


@test("edits are a short diff, deletes redact where the server can, the rest is silent")
def _(serve, server):
    conn = start(serve, server, "echo-message draft/message-redaction message-tags")
    serve.deliver("d1", "the quick brown fox", kind="edit", previous_message="the quikc brown fox")
    conn.expect("PRIVMSG #dev :<alice> s/quikc/quick/")
    conn.send("@msgid=m1 :hub!hub@host.test PRIVMSG #dev :x")
    serve.next("ack", id="d1")
    serve.deliver("d2", kind="delete", remote_ids=["m1", "m2"])
    conn.expect("REDACT #dev m1")
    conn.send(":hub!hub@host.test REDACT #dev m1")
    conn.expect("REDACT #dev m2")
    conn.send(":irc.test FAIL REDACT REDACT_WINDOW_EXPIRED #dev m2 :Too old")
    serve.next("ack", id="d2")
    serve.deliver("d3", kind="reaction_added", emoji="thumbsup")
    serve.next("ack", id="d3")
    check(not [l for l in conn.barrier("b1") if "PRIVMSG" in l], "a reaction was said")


@test("a party that changes joins and parts without a new connection, and a new server makes one")
def _(serve, server):
    conn = start(serve, server)
    serve.party(server, channels=[{"remote": "#new", "channel_id": CHANNEL}])
    conn.expect("PART #dev")
    conn.joined("#new")
    serve.deliver("d1")
    conn.expect("PRIVMSG #new")
    pong(conn)
    serve.next("ack", id="d1")
    serve.party(server, nick="other")
    conn.expect("QUIT")
    server.accept().expect("NICK other")
    serve.send(type="party_removed", id=PARTY)
    serve.deliver("d2")
    serve.next("nack", id="d2")


@test("a server that cannot be reached and a config without server are reported")
def _(serve, server):
    free = IrcServer()
    free.close()
    serve.party(free)
    check("reached" in serve.next("state", state="offline")["text"], "does not say why")
    serve.send(type="party", id=PARTY, kind="irc", name="x", config={})
    serve.next("state", state="failed")
    serve.deliver("d1")
    serve.next("nack", id="d1")
    serve.party(server, server="localhost")
    server.accept().login()
    serve.next("state", state="online")


@test("a server that answers a TLS handshake with plain text is left")
def _(serve, server):
    serve.party(server, tls=True, verify=False)
    server.accept().send("ERROR :no TLS here")
    check("TLS" in serve.next("state", state="offline")["text"], "does not say why")


@test("it dies with the process that started it, though somebody else keeps the socketpair open")
def _(serve, server):
    ours, theirs = socket.socketpair()
    told, tell = os.pipe()
    starter = os.fork()
    if not starter:
        os.close(tell)
        os.posix_spawn(PROGRAM, [PROGRAM], {}, file_actions=[(os.POSIX_SPAWN_DUP2, theirs.fileno(), 3)])
        os.read(told, 1)               # until the test has seen the hello
        os._exit(0)
    theirs.close()
    lines = Lines(ours)
    check(b"hello" in lines.next("hello"), "no hello")
    os.close(tell)
    os.waitpid(starter, 0)
    try:
        lines.next("the end")
        check(False, "it said something more")
    except EOFError:
        pass
    os.close(told)
    ours.close()


@test("several channels are joined by one line, those with a key each by its own")
def _(serve, server):
    serve.party(server, channels=[{"remote": name, "key": key, "channel_id": CHANNEL}
                                  for name, key in (("#a", ""), ("#b", ""), ("#c", "k"), ("#d", ""))])
    conn = server.accept()
    conn.caps("")
    conn.welcome()
    got = [conn.expect("JOIN") for _ in range(3)]
    check(got == ["JOIN #a,#b", "JOIN #c k", "JOIN #d"], str(got))


@test("a JOIN that nobody answers is sent again", times=QUICK + ",login=50")
def _(serve, server):
    serve.party(server)
    conn = server.accept()
    conn.caps("")
    conn.welcome()
    conn.expect("JOIN #dev")
    conn.expect("JOIN #dev")


@test("a line from serve that is no JSON object ends the process")
def _(serve, server):
    serve.sock.sendall(b"[1,2]\n")
    check(serve.wait() != 0, "it went on")


@test("unknown types and keys are ignored, calls are answered")
def _(serve, server):
    serve.send(type="tomorrow", no=1)
    serve.send(type="call", no=9, party=PARTY, name="command", args={})
    check(serve.next("result", no=9)["ok"] is False, "an answer")


main(TESTS)
