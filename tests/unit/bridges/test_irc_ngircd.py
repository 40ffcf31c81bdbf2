"""hubbub-irc with a real ngircd, plain and by TLS. Usage: test_irc_ngircd.py PROGRAM [WORDS]"""
import os
import pwd
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time

from irc_stage import DEADLINE, Conn, Serve, check, main

PROGRAM = sys.argv[1]
TESTS = []
CONFIG = """[Global]
Name = irc.test.local
Info = Test
Listen = 127.0.0.1
Ports = {port}
MotdPhrase = hello
{ids}
[Limits]
MaxConnectionsIP = 0
MaxNickLength = 20
MaxPenaltyTime = 0
[Options]
DNS = no
Ident = no
PAM = no
SyslogFacility = local1
[SSL]
CertFile = {folder}/server.pem
KeyFile = {folder}/server.key
Ports = {tls_port}
"""


class Port:
    """What Serve.party wants to know of a server."""

    def __init__(self, port):
        self.port = port


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def certificates(folder):
    """A CA, and a certificate of it for localhost only."""
    path = lambda name: os.path.join(folder, name)
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=Test CA",
            "-keyout", path("ca.key"), "-out", path("ca.pem"))
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=localhost",
            "-keyout", path("server.key"), "-out", path("server.csr"))
    with open(path("names"), "w") as f:
        f.write("subjectAltName=DNS:localhost\n")
    openssl("x509", "-req", "-in", path("server.csr"), "-CA", path("ca.pem"), "-CAkey", path("ca.key"),
            "-CAcreateserial", "-days", "2", "-extfile", path("names"), "-out", path("server.pem"))


class Ngircd:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="hubbub-ngircd-")
        certificates(self.folder)
        self.plain, self.tls = Port(free_port()), Port(free_port())
        ids = ""
        if os.getuid() == 0:
            nobody = pwd.getpwnam("nobody")
            ids = f"ServerUID = {nobody.pw_uid}\nServerGID = {nobody.pw_gid}\n"
            os.chmod(self.folder, 0o755)
            os.chmod(os.path.join(self.folder, "server.key"), 0o644)
        config = os.path.join(self.folder, "ngircd.conf")
        with open(config, "w") as f:
            f.write(CONFIG.format(port=self.plain.port, tls_port=self.tls.port, folder=self.folder, ids=ids))
        with open(os.path.join(self.folder, "log"), "w") as log:
            self.process = subprocess.Popen(["ngircd", "-n", "-f", config], stdout=log, stderr=log)
        self.wait_until_open()

    def wait_until_open(self):
        deadline = time.monotonic() + DEADLINE
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.tls.port)).close()
                return
            except ConnectionRefusedError:
                check(self.process.poll() is None and time.monotonic() < deadline, "ngircd does not start")
                time.sleep(0.01)

    def person(self, nick):
        """An IRC client in #dev."""
        conn = Conn(socket.create_connection(("127.0.0.1", self.plain.port)))
        conn.send(f"NICK {nick}", f"USER {nick} 0 * :{nick}")
        conn.expect(":irc.test.local 376")
        conn.send("JOIN #dev")
        conn.expect(":irc.test.local 366")
        return conn

    def stop(self):
        os.kill(self.process.pid, signal.SIGTERM)
        self.process.wait()
        shutil.rmtree(self.folder)


def test(sentence):
    def wrap(function):
        def run():
            if not shutil.which("ngircd") or not shutil.which("openssl"):
                return "ngircd or openssl is not installed"
            ngircd, serve = Ngircd(), Serve(PROGRAM)
            try:
                function(serve, ngircd)
                serve.stop()
            finally:
                serve.kill()
                ngircd.stop()
        TESTS.append((sentence, run))
        return function
    return wrap


def both_ways(serve, ngircd, port, **config):
    joe = ngircd.person("joe")
    serve.party(port, **config)
    joe.expect(":hub!")
    serve.deliver("d1", "hello **there**\nsecond line")
    check(joe.expect(":hub!").endswith("PRIVMSG #dev :<alice> hello \2there\2"), "another text")
    check(joe.expect(":hub!").endswith("PRIVMSG #dev :<alice> second line"), "another text")
    serve.next("ack", id="d1")
    joe.send("PRIVMSG #dev :and \2back\2", "PRIVMSG #dev :\1ACTION waves\1")
    m = serve.message(op="post")
    check(m["text"] == "and **back**" and m["author"]["name"] == "joe", str(m))
    check(serve.message(op="post")["message_type"] == "me", "no action")
    return joe


@test("a link to ngircd says and hears")
def _(serve, ngircd):
    joe = both_ways(serve, ngircd, ngircd.plain)
    joe.send("NICK jim")
    check(serve.message(op="part")["author"]["name"] == "joe", "another nick")
    check(serve.message(op="join")["author"]["name"] == "jim", "another nick")
    joe.send("QUIT :bye")
    check(serve.message(op="part")["author"]["name"] == "jim", "another one left")


@test("a line as long as can be arrives whole, whatever the prefix")
def _(serve, ngircd):
    joe = ngircd.person("joe")
    serve.party(ngircd.plain)
    joe.expect(":hub!")
    text = " ".join(f"w{i:03d}é" for i in range(250))
    serve.deliver("d1", text)
    said = []
    while len(" ".join(said)) < len(text):
        said.append(joe.expect(":hub!").split(" :<alice> ", 1)[1])
    check(" ".join(said) == text, "something is missing")
    check(len(said) < 5, "too many lines")
    serve.next("ack", id="d1")


@test("the bot that was kicked comes back to ngircd")
def _(serve, ngircd):
    joe = ngircd.person("joe")
    serve.party(ngircd.plain)
    joe.expect(":hub!")
    joe.send("KICK #dev hub :out")
    joe.expect(":joe!")
    joe.expect(":hub!")
    serve.deliver("d1", "back")
    check(joe.expect(":hub!").endswith("PRIVMSG #dev :<alice> back"), "another text")
    serve.next("ack", id="d1")


@test("a nick that somebody has at ngircd gets a suffix, and comes back when he leaves")
def _(serve, ngircd):
    holder = ngircd.person("hub")
    serve.party(ngircd.plain)
    holder.expect(":hub_!")
    joe = ngircd.person("joe")
    holder.send("QUIT")
    check(joe.expect(":hub_!").endswith("NICK :hub"), "another nick")


@test("by TLS the certificate of a known CA for the right name is accepted")
def _(serve, ngircd):
    both_ways(serve, ngircd, ngircd.tls, server="localhost", tls=True,
              ca_file=os.path.join(ngircd.folder, "ca.pem"))


@test("by TLS the server is told which name is meant, and nothing where it is an address")
def _(serve, ngircd):
    told = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(ngircd.folder, "server.pem"), os.path.join(ngircd.folder, "server.key"))
    context.sni_callback = lambda connection, name, own: told.append(name)
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(DEADLINE)
    for host in ("localhost", "127.0.0.1"):
        serve.party(Port(listener.getsockname()[1]), server=host, tls=True, verify=False)
        raw, _ = listener.accept()
        raw.settimeout(DEADLINE)
        with context.wrap_socket(raw, server_side=True) as connection:
            check(connection.recv(4), "no login")
    listener.close()
    check(told == ["localhost", None], str(told))


@test("by TLS a certificate for another host name is refused")
def _(serve, ngircd):
    serve.party(ngircd.tls, server="127.0.0.1", tls=True, ca_file=os.path.join(ngircd.folder, "ca.pem"))
    check("certificate" in serve.next("state", state="failed")["text"], "does not say why")


@test("by TLS a certificate of an unknown CA is refused, and accepted if nobody wants to verify")
def _(serve, ngircd):
    serve.party(ngircd.tls, server="localhost", tls=True)
    check("certificate" in serve.next("state", state="failed")["text"], "does not say why")
    serve.party(ngircd.tls, server="localhost", tls=True, verify=False)
    serve.next("state", state="online")


@test("when ngircd goes and comes back, so does the link, and nothing is lost")
def _(serve, ngircd):
    serve.party(ngircd.plain)
    serve.next("state", state="online")
    os.kill(ngircd.process.pid, signal.SIGKILL)
    ngircd.process.wait()
    serve.next("state", state="offline")
    serve.deliver("d1", "still here")
    config = os.path.join(ngircd.folder, "ngircd.conf")
    with open(os.path.join(ngircd.folder, "log"), "a") as log:
        ngircd.process = subprocess.Popen(["ngircd", "-n", "-f", config], stdout=log, stderr=log)
    serve.next("state", state="online")
    serve.next("ack", id="d1")


main(TESTS)
