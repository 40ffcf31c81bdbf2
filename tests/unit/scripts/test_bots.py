"""test_bots - hubbub-bots against a played serve: what its bots may do."""
import os
import subprocess

from bot_stage import CHANNEL, ECHO, OTHER, PROGRAM, PROGRAM_BYTES, Serve, check, equal, ident, main, memory_kb, test

ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", ".."))
BOTS = os.path.join(ROOT, "scripts", "bots")
@test("a bot hears a word and replies in the ack of the delivery")
def hears(serve):
    serve.bot('hub.hear("he(l+)o", function(m) m:reply("you said " .. m.match[0] .. " " .. m.match[1]) end)')
    equal(serve.hear("D1", "well, hello there"),
          [{"key": "D1/1", "party": ident("p"), "op": "post", "channel_id": CHANNEL, "text": "you said hello ll"}])
    equal(serve.hear("D2", "good bye"), [])


@test("a bot responds where it is addressed only")
def responds(serve):
    serve.bot('hub.respond("^count (%d+)", function(m) m:reply(m.match[1]) end)')
    equal(serve.texts("D1", "count 1"), [])
    equal(serve.texts("D2", "@echo: count 2", mentions_party=True), ["2"])
    equal(serve.texts("D3", "count 3", kind_of_channel="D"), ["3"])
    equal(serve.texts("D4", "@echonimus count 4", mentions_party=True), [])


@test("letters are folded on request")
def folds(serve):
    serve.bot('hub.hear("^coffee [^a]$", {ignore_case=true}, function(m) m:reply("1") end)')
    equal(serve.texts("D1", "Coffee B"), ["1"])
    equal(serve.texts("D2", "COFFEE A"), [])


@test("a message tells who, where and in which thread")
def message(serve):
    serve.bot('''hub.hear("x", function(m)
        m:reply(json.encode{m.kind, m.id, m.text, m.user.username, m.channel.name, m.thread, m.addressed,
                            hub.username, hub.user_id, hub.settings.colour}) end)''', settings={"colour": "red"})
    text = serve.texts("D1", "x")[0]
    equal(text, f'["post","{ident("x")}","x","alice","dev","",false,"echo","{ident("b")}","red"]')


@test("a reply stays in its thread, and reply_in_thread begins one")
def threads(serve):
    serve.bot('''hub.hear("x", function(m) m:reply("a") m:reply_in_thread("b")
        hub.post{channel=m.channel.id, text="c", thread=m.id} hub.post{channel=m.channel.id, text="d"} end)''')
    equal([w.get("root_id") for w in serve.hear("D1", "x")], [None, ident("x"), ident("x"), None])
    root = ident("r")
    equal([w.get("root_id") for w in serve.hear("D2", "x", post={"root_id": root})], [root, root, ident("x"), None])


@test("a bot reacts to a post and hears reactions, joins and edits")
def events(serve):
    serve.bot('''
        hub.hear("x", function(m) m:react("eyes") end)
        hub.on("reaction_added", function(m) m:reply(m.emoji) end)
        hub.on("join", function(m) m:reply("hi " .. m.user.username) end)
        hub.on("edit", function(m) m:reply(m.previous .. ">" .. m.text) end)
        hub.on("missed", function(m) log.info(m.missed) end)''')
    equal(serve.hear("D1", "x"), [{"key": "D1/1", "party": ident("p"), "op": "react", "channel_id": CHANNEL,
                                   "post_id": ident("x"), "emoji": "eyes"}])
    equal(serve.texts("D2", "x", kind="reaction_added", emoji="thumbsup"), ["thumbsup"])
    equal(serve.texts("D3", "x", kind="join"), ["hi alice"])
    equal(serve.texts("D4", "new", kind="edit", previous_message="old"), ["old>new"])
    serve.hear("D5", kind="missed", missed=17)
    equal(serve.next("log")["text"], "17")


@test("a bot hears neither itself nor, unasked, other bots, nor the system")
def own_posts(serve):
    serve.bot('''hub.hear("x", function(m) m:reply("1") end)
        hub.hear("x", {from_bots=true}, function(m) m:reply("2") end)''')
    equal(serve.texts("D1", "x", user={"id": ident("b"), "is_bot": True}), [])
    equal(serve.texts("D2", "x", user={"id": ident("z"), "is_bot": True}), ["2"])
    equal(serve.texts("D3", "x", post={"type": "system_join_channel"}), [])
    equal(serve.texts("D4", "x"), ["1", "2"])


@test("a slash command is registered and answered")
def commands(serve):
    got = serve.bot('''hub.command("roll", {description="Rolls", hint="[n]"}, function(m)
        if m.text == "bad" then error("bad") end
        if m.text == "kv" then kv.set("a", 1) end
        if m.text == "post" then m:reply("posted") end
        return m.trigger .. " " .. m.text .. " by " .. m.user.username, m.text == "all" end)''')
    equal(got, [{"trigger": "roll", "description": "Rolls", "hint": "[n]"}])
    serve.command("roll", "6", no=7)
    equal(serve.next("result", no=7)["value"], {"text": "roll 6 by alice", "in_channel": False})
    serve.command("roll", "all", no=8)
    check(serve.next("result", no=8)["value"]["in_channel"], "the answer is not for all")
    serve.command("roll", "bad", no=9)
    equal(serve.next("result", no=9)["value"]["text"], "The bot could not do this.")
    serve.command("roll", "kv", no=10)
    serve.kv_calls(1)
    equal(serve.next("result", no=10)["value"]["text"], "roll kv by alice")
    serve.command("roll", "post", no=11)
    posted = serve.next("message", text="posted")
    serve.accept(posted)
    check(posted["key"].startswith("command-"), posted["key"])
    equal(serve.next("result", no=11)["value"]["text"], "roll post by alice")


@test("values are kept under keys, in the ack of their event, and are read before that")
def keeps(serve):
    serve.bot('''hub.hear("x", function(m)
        local n = (kv.get("n") or 0) + 1
        kv.set("n", n)
        kv.set("t", {a={1,2}, b=json.array{}, c=json.null})
        m:reply(n .. " " .. table.concat(kv.list("n"), ",") .. json.encode(kv.get("t").a)) end)''')
    for n in (1, 2):
        serve.deliver(f"D{n}", "x")
        serve.kv_calls(2)
        said = serve.next("message", key=f"D{n}/1")
        equal(said["text"], f"{n} n[1,2]")
        serve.accept(said)
        equal(serve.ack(f"D{n}"), [])
    equal(serve.kv, {"n": 2, "t": {"a": [1, 2], "b": [], "c": None}})


@test("what one handler keeps the next one finds, though nothing of it is acked yet")
def overlay(serve):
    serve.bot('''hub.hear("set (%S+) (%S+)", function(m) kv.set(m.match[1], m.match[2]) hub.user("alice") end)
        hub.hear("forget (%S+)", function(m) kv.set(m.match[1], nil) hub.user("alice") end)
        hub.hear("list", function(m) m:reply(table.concat((function(t) table.sort(t) return t end)(kv.list("k")), ",")) end)
        hub.hear("list all", function(m) m:reply(#kv.list()) end)
        hub.hear("^get (%S+)", function(m) m:reply(tostring(kv.get(m.match[1]))) end)''')
    serve.kv.update(k1="one", k2="two", k3="three")
    users = []
    for n, text in enumerate(("set k1 uno", "forget k2", "set k4 quattro", "set other x")):
        serve.deliver(f"W{n}", text, channel=chr(ord("f") + n) * 26)
        users.append(serve.next("call", name="user"))
    equal(serve.texts("D1", "get k1"), ["uno"])
    equal(serve.texts("D2", "get k2"), ["nil"])
    serve.deliver("D3", "list")
    serve.kv_calls(1)
    said = serve.next("message")
    equal(said["text"], "k1,k3,k4")
    serve.accept(said)
    serve.ack("D3")
    for n, call in enumerate(users):
        serve.result(call, {"id": "u" * 26, "username": "alice"})
        serve.ack(f"W{n}")
    equal(serve.kv, {"k1": "uno", "k2": None, "k3": "three", "k4": "quattro", "other": "x"})


@test("a handler that keeps too much is told so, and one that is run again keeps nothing twice", own=True)
def keeps_again(folder):
    path = folder.write("r", '''hub.hear("x", function(m) kv.set("n", (kv.get("n") or 0) + 1) m:reply("n " .. kv.get("n")) end)
        hub.hear("many", function(m) for i = 1, 101 do kv.set("m" .. i, i) end end)''')
    kv = {}
    points = ("before_ack:1", None) if PROGRAM_BYTES.count(b"HUBBUB_CRASH") else (None,)
    for crash in points:
        serve = Serve(PROGRAM, folder, crash, kv)
        serve.party(path)
        serve.deliver("D1", "x")
        serve.kv_calls(1)
        said = serve.next("message", key="D1/1")
        equal(said["text"], "n 1")
        serve.accept(said)
        if crash:
            serve.killed()
    serve.ack("D1")
    equal(kv, {"n": 1})
    serve.deliver("D2", "many")
    check("more than 100 values" in serve.next("log")["text"], "not told")
    serve.ack("D2")
    serve.stop()


@test("users, channels and history are asked of serve; a refusal is an error")
def asks(serve):
    serve.bot('''hub.hear("x", function(m)
        local ok, why = pcall(hub.channel, ("e"):rep(26))
        m:reply(hub.user("@joe").id .. hub.history(m.channel.id, {limit=2})[1].message .. tostring(ok) .. why) end)''')
    serve.deliver("D1", "x")
    call = serve.next("call", name="channel")
    equal(call["args"], {"id": ident("e")})
    serve.result(call, error="no such channel")
    call = serve.next("call", name="user")
    equal(call["args"], {"username": "joe"})
    serve.result(call, {"id": "J"})
    call = serve.next("call", name="history")
    equal(call["args"], {"channel_id": CHANNEL, "limit": 2})
    serve.result(call, [{"message": "last"}])
    said = serve.next("message")
    check(said["text"].startswith("Jlastfalse") and said["text"].endswith("no such channel"), said["text"])
    serve.accept(said)
    serve.ack("D1")


@test("json and base64 go there and back")
def encodings(serve):
    serve.bot('''hub.hear("x", function(m)
        local v = json.decode('{"a":[1,2.5,"\\\\u00e4",true,null],"e":[],"o":{}}')
        m:reply(json.encode(v.a) .. json.encode(v.e) .. json.encode(v.o) .. tostring(v.a[5] == json.null))
        m:reply(base64.decode(base64.encode("a\\0b")):byte(2) .. base64.encode("hi"))
        for _, bad in ipairs{"{", "[1,", '"\\\\u0000"'} do assert(not pcall(json.decode, bad)) end
        for _, bad in ipairs{1/0, print, {1, nil, 3}, {[1]=1, a=2}, "\\0"} do assert(not pcall(json.encode, bad)) end
        local loop = {} loop.loop = loop
        assert(not pcall(json.encode, loop)) assert(not pcall(base64.decode, "!")) end)''')
    equal(serve.texts("D1", "x"), ['[1,2.5,"\u00e4",true,null][]{}true', "0aGk="])
    equal([line for line in serve.barrier() if line["type"] == "log"], [])


@test("what a bot cannot have is not there")
def walls(serve):
    serve.bot('''hub.hear("x", function(m)
        for _, name in ipairs{"io", "debug", "package", "dofile", "loadfile"} do assert(_G[name] == nil, name) end
        for _, name in ipairs{"execute", "exit", "getenv", "remove", "rename", "setlocale", "tmpname"} do
            assert(os[name] == nil, name) end
        assert(string.dump == nil and ("").dump == nil)
        assert(not pcall(collectgarbage, "stop")) assert(not pcall(collectgarbage)) assert(collectgarbage("count") > 0)
        assert(not pcall(function() string.find = 1 end)) assert(not pcall(rawset, string, "find", 1))
        assert(not pcall(setmetatable, string, {})) assert(getmetatable("") == "locked")
        assert(not pcall(setmetatable, {}, {__gc = print}))
        assert(not load("\\27Lua")) assert(load("return 1")() == 1) assert(load("return x", "n", "t", {x=2})() == 2)
        local names = 0 for name in pairs(string) do names = names + 1 end assert(names > 10)
        assert(not pcall(hub.hear, "y", print)) assert(not pcall(function() hub.user_id = 1 end))
        assert(type(os.time()) == "number" and type(os.date()) == "string" and type(os.clock()) == "number")
        local function deep() return pcall(deep) end deep()
        assert(not pcall(string.rep, "x", 1e9)) assert(("ab"):rep(3, "-") == "ab-ab-ab") assert((""):rep(1e15) == "")
        assert(not pcall(string.format, "%1000d", 1)) assert(not pcall(table.insert, setmetatable({}, {__len = function() return 1e15 end}), 1, 1))
        assert(not pcall(table.move, {}, 1, 1e15, 2)) assert(table.concat({1, 2, 3}, ",", 2) == "2,3")
        m:reply("fine") end)''')
    equal(serve.texts("D1", "x"), ["fine"])


@test("patterns mean what they mean in Lua")
def patterns(serve):
    serve.bot('''hub.hear("x", function(m)
        local function is(got, wanted) if got ~= wanted then error(tostring(got) .. " is not " .. tostring(wanted), 2) end end
        is(("hello world"):find("o w"), 5) is(("a.b"):find(".", 1, true), 2) is(("abc"):find("b", -1), nil) is(("a)b"):find(")"), 2)
        is(("key = value"):match("^(%w+)%s*=%s*(%w+)$"), "key") is(select(2, ("k=v"):match("(.)=(.)")), "v")
        is(("THE (quick) fox"):find("%((%a+)%)"), 5) is(("f(a(b)c)d"):match("%b()"), "(a(b)c)")
        is(("THE (quick) fox"):gsub("%f[%a]%a+", string.lower), "the (quick) fox")
        is(("hello"):gsub("", "-"), "-h-e-l-l-o-") is(("abc"):gsub("%w", "%0%0"), "aabbcc")
        is(("abc"):gsub("b", {b="X"}), "aXc") is(("abc"):gsub("b", function() end), "abc") is(("aaa"):gsub("a", "b", 2), "bba")
        is(("x = 1, y = 2"):gsub("(%w+) = (%w+)", "%2 = %1"), "1 = x, 2 = y") is(("abc"):match("()b()"), 2)
        is(("aXb"):match("[^%l]"), "X") is(("a]b"):match("[]]"), "]") is(("a-b"):match("[a%-]+"), "a-")
        is(("<<a>>"):match("<(.-)>"), "<a") is(("abab"):match("(ab)%1"), "ab") is(("0x1F"):match("%x+$"), "1F")
        local t = {} for k, v in ("a=1, b=2"):gmatch("(%w+)=(%w+)") do t[#t+1] = k .. v end is(table.concat(t), "a1b2")
        local n = 0 for _ in ("abc"):gmatch("") do n = n + 1 end is(n, 4)
        is(pcall(string.find, "a", "[a"), false) is(pcall(string.find, "a", "%"), false) is(pcall(string.find, "a", "(a"), false)
        is(pcall(string.gsub, "a", "a", "%2"), false) is(pcall(string.rep), false) is(("a\\0b"):match("%z"), "\\0")
        m:reply("fine") end)''')
    equal(serve.texts("D1", "x"), ["fine"])


@test("require reads the bot's own folder, and nothing else")
def requires(serve):
    serve.folder.write("other", "return 'secret'", "secret.lua")
    path = serve.folder.write("r", '''
        local words = require "lib.words"
        assert(require "lib.words" == words)
        hub.hear("x", function(m)
            for _, name in ipairs{"../other/secret", "..other.secret", "/etc/passwd", "lib/words", "", ".", "lib..words",
                                  "link", "linked.secret", "pipe", "lib.words.lua", "self", ("a."):rep(20) .. "a", "a\\\\0b"} do
                local ok, why = pcall(require, name) assert(not ok, name) end
            m:reply(words.hi) end)''')
    serve.folder.write("r", "return {hi = 'from the file'}", "lib/words.lua")
    serve.folder.write("r", "return require 'self'", "self.lua")
    os.symlink("../other/secret.lua", os.path.join(path, "link.lua"))
    os.symlink("../other", os.path.join(path, "linked"))
    os.mkfifo(os.path.join(path, "pipe.lua"))
    serve.party(path)
    equal(serve.texts("D1", "x"), ["from the file"])


# ---- Once, and in order ----


@test("writes after a wait go out as messages, in order, before the ack")
def after_wait(serve):
    serve.bot('''hub.hear("x", function(m) m:reply("1") kv.get("a") m:reply("2") kv.get("b") m:reply("3") end)
        hub.hear("x", function(m) m:reply("4") end)''')
    serve.deliver("D1", "x")
    serve.kv_calls(2)
    said = [serve.next("message") for _ in range(4)]
    equal([(w["key"], w["text"]) for w in said], [(f"D1/{n}", str(n)) for n in (1, 2, 3, 4)])
    for w in said[:3]:
        serve.accept(w)
    check(not [line for line in serve.barrier() if line["type"] == "ack"], "it was acked before all was accepted")
    serve.accept(said[3])
    equal(serve.ack("D1"), [])


@test("a write that is refused for now is sent again, one that is refused for good is told")
def refused(serve):
    serve.bot('hub.hear("x", function(m) kv.get("a") m:reply("1") m:reply("2") end)')
    serve.deliver("D1", "x")
    serve.kv_calls(1)
    first, second = serve.next("message", key="D1/1"), serve.next("message", key="D1/2")
    serve.send(type="refused", party=ident("p"), key="D1/2", why="not a member", retry=False)
    serve.send(type="refused", party=ident("p"), key="D1/1", why="busy", retry=True, retry_ms=20)
    equal(serve.next("message", key="D1/1"), first)
    serve.accept(first)
    equal(serve.ack("D1"), [])
    check("not a member" in serve.next("log", level="error")["text"], "nobody was told")
    serve.send(type="refused", party=ident("p"), key="D0/1", why="archived", retry=False)
    check("archived" in serve.next("log", level="error")["text"], "nobody was told of a write in an ack")


@test("a channel waits for its handler, other channels do not")
def order(serve):
    serve.bot('hub.hear("x", function(m) if m.text == "x wait" then kv.get("a") end m:reply(m.text) end)')
    serve.deliver("D1", "x wait")
    serve.deliver("D2", "x 2")
    call = serve.next("call", name="kv_get")
    equal(serve.texts("D3", "x 3", channel=OTHER), ["x 3"])
    check(not [line for line in serve.barrier() if line["type"] == "ack"], "the second overtook the first")
    serve.result(call, None)
    said = serve.next("message")
    equal(said["key"], "D1/1")
    serve.accept(said)
    serve.ack("D1")
    equal([w["key"] for w in serve.ack("D2")], ["D2/1"])


@test("serve hears now and then of an event that waits for its turn, and not of one that has begun")
def kept(serve):
    serve.send(type="welcome", version=1, server="11.6.0", site="https://chat.test", answer_ms=80)
    serve.bot('hub.hear("x", function(m) kv.get("a") end)')
    serve.deliver("D1", "x 1")
    serve.deliver("D2", "x 2")
    call = serve.next("call", name="kv_get")
    for _ in range(3):
        equal(serve.next("progress", id="D2")["parts_done"], 0)
    check(not [line for line in serve.held if line["type"] == "progress"], "one that has begun must end in time")
    serve.result(call, None)
    serve.ack("D1")
    serve.kv_calls(1)
    serve.ack("D2")


@test("two runs of a delivery carry the same keys, killed in the middle or at the ack", own=True)
def replay(folder):
    path = folder.write("r", 'hub.hear("x", function(m) m:reply("1") kv.get("a") m:reply("2") end)')

    def incarnation(crash, end):
        serve = Serve(PROGRAM, folder, crash)
        serve.party(path)
        serve.deliver("D1", "x")
        call = serve.next("call", name="kv_get")
        if end == "waiting":
            return serve.kill()
        serve.result(call, None)
        said = [serve.next("message"), serve.next("message")]
        equal([(w["key"], w["text"]) for w in said], [("D1/1", "1"), ("D1/2", "2")])
        if end == "sent":
            return serve.kill()
        for w in said:
            serve.accept(w)
        if crash:
            serve.killed()
            equal([line["id"] for line in serve.held if line["type"] == "ack"], ["D1"] if "after" in crash else [])
            return None
        serve.ack("D1")
        return serve.stop()

    has_points = PROGRAM_BYTES.count(b"HUBBUB_CRASH")
    for crash, end in ((None, "waiting"), (None, "sent"), ("before_ack:1", ""), ("after_ack:1", ""), (None, "")):
        if has_points or not crash:
            incarnation(crash, end)


# ---- Life ----


@test("a bot file that is missing, broken or too large fails that bot only")
def bad_files(serve):
    serve.bot(ECHO, "q")
    for letter, source, word in (("r", "hub.hear(", "bot.lua:1"), ("s", "error('no')", "no"), ("t", "-" * 1100000, "1 MiB"),
                                 ("u", "hub.hear('[', print)", "malformed"), ("v", "\x1bLua", "binary")):
        serve.bot(source, letter, online=False)
        text = serve.next("state", party=ident(letter), state="failed")["text"]
        check(word in text, f"{text} does not say {word}")
    serve.party("/does/not/exist", "w", online=False)
    serve.next("state", party=ident("w"), state="failed")
    serve.deliver("D1", "x", "w")
    serve.next("nack", id="D1")
    equal(serve.texts("D2", "x", letter="q"), ["still here"])


@test("a changed party loads the bot again; if that fails the old one stays")
def reload(serve):
    serve.bot('hub.hear("x", function(m) m:reply("old") end)')
    serve.bot('hub.hear("x" x', online=False)
    serve.next("log", level="error")
    equal(serve.texts("D1", "x"), ["old"])
    serve.bot('hub.hear("x", function(m) m:reply("new") end)')
    equal(serve.texts("D2", "x"), ["new"])


@test("a bot may wait while it loads, and what comes meanwhile waits for it")
def waits_in_load(serve):
    serve.bot('local word = kv.get("word") hub.hear(word, function(m) m:reply("heard") end)', online=False)
    call = serve.next("call", name="kv_get")
    serve.deliver("D1", "x")
    check(not [line for line in serve.barrier() if line["type"] in ("ack", "nack")], "it was answered by nobody")
    serve.result(call, "x")
    equal([w["text"] for w in serve.ack("D1")], ["heard"])


@test("a removed bot is gone, and an unknown one is answered")
def removed(serve):
    serve.bot('hub.hear("x", function(m) kv.get("a") end)')
    serve.deliver("D1", "x")
    call = serve.next("call", name="kv_get")
    serve.send(type="party_removed", id=ident("p"))
    serve.result(call, 1)
    serve.deliver("D2", "x")
    serve.next("nack", id="D2")
    serve.command("z", no=3)
    serve.next("result", no=3, ok=False)


@test("the sample bots do what they say")
def samples(serve):
    serve.party(os.path.join(BOTS, "echo"), "p")
    serve.deliver("D1", "@echo say good morning", mentions_party=True)
    serve.kv_calls(1)
    said = serve.next("message")
    equal(said["text"], "good morning (1)")
    serve.accept(said)
    serve.ack("D1")
    commands_of_poll = serve.party(os.path.join(BOTS, "poll"), "q", name="poll")
    equal(commands_of_poll[0]["trigger"], "poll")
    serve.command("poll", 'Lunch? | Soup | Salad', letter="q", no=4)
    answer = serve.next("result", no=4)["value"]
    check(answer["in_channel"] and "Soup" in answer["text"] and "Salad" in answer["text"], answer)
    serve.command("poll", "", letter="q", no=5)
    check("/poll" in serve.next("result", no=5)["value"]["text"], "no help")


@test("docs/BOTS.md is what the call table prints", own=True)
def page(folder):
    printed = subprocess.run([PROGRAM, "--print-calls"], capture_output=True, text=True, check=True).stdout
    with open(os.path.join(ROOT, "docs", "BOTS.md")) as kept:
        equal(kept.read() == printed, True)


@test("a hundred idle bots fit into 30 MB")
def idle(serve):
    path = os.path.join(BOTS, "echo")
    before = memory_kb(serve.pid)
    for n in range(100):
        serve.party(path, f"{n:02d}", online=False)
    for n in range(100):
        serve.next("state", state="online")
    serve.barrier()
    after = memory_kb(serve.pid)
    if PROGRAM_BYTES.count(b"__asan_init"):
        return f"a sanitizer holds {after} kB, of which {before} before the bots"
    check(after <= 30 * 1024, f"{after} kB")
    print(f"# {after} kB, of which {before} before the bots")
    return None


if __name__ == "__main__":
    main()
