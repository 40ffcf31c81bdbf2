"""test_bots_wrong - what bots do wrong, by accident or on purpose, and who survives it."""
from bot_stage import ECHO, OTHER, PROGRAM, Serve, check, equal, ident, main, test


def bad_bot(sentence, handler, text=None, strikes=False, logs=True, **config):
    """A bot that misbehaves on an event: the event is answered, the error told, and another bot goes on."""
    @test(sentence)
    def staged(serve):
        serve.bot(ECHO, "q")
        serve.bot('hub.hear("y", function(m) m:reply("good") end)\nhub.hear("x", function(m)' + handler + "\nend)", "p", **config)
        serve.deliver("D1", "x", "p")
        equal(serve.texts("D2", "x", letter="q"), ["still here"])
        writes = serve.ack("D1")
        if text:
            equal([w["text"] for w in writes], [text])
        if logs:
            serve.next("log", level="error", party=ident("p"))
        if strikes:
            serve.next("state", party=ident("p"), state="online")
        equal(serve.texts("D3", "y", letter="p"), ["good"])
        equal(serve.texts("D4", "x", letter="q"), ["still here"])


bad_bot("an endless loop is stopped, and the bot begins again", "while true do end", strikes=True)
bad_bot("pcall does not swallow the end of an endless loop",
        "m:reply('kept') while true do pcall(function() while true do end end) end", "kept", strikes=True)
bad_bot("nor do xpcall, a message handler and coroutines", '''
    local function spin() while true do end end
    while true do xpcall(spin, spin) coroutine.resume(coroutine.create(spin)) pcall(coroutine.wrap(spin)) end''', strikes=True)
bad_bot("nor does a variable that is closed", '''
    local function stay() while true do pcall(function() while true do end end) end end
    while true do pcall(function() local x <close> = setmetatable({}, {__close = stay}) stay() end) end''', strikes=True)
bad_bot("an endless sort callback is stopped", "table.sort({1, 2, 3}, function() while true do end end)", strikes=True)
bad_bot("an endless gsub callback is stopped", "('abc'):gsub('.', function() while true do end end)", strikes=True)
bad_bot("long functions of C in a loop are stopped",
        "local s = ('x'):rep(1048576) s = s .. s .. s .. s while true do utf8.len(s) end", strikes=True)
bad_bot("a pattern bomb is an error", "('a'):rep(100000):find(('a-'):rep(40) .. 'b')")
bad_bot("pattern bombs in a loop are stopped",
        "local s, p = ('a'):rep(1000), ('a-'):rep(40) .. 'b' while true do pcall(string.find, s, p) end", strikes=True)
bad_bot("a finalizer is refused", "setmetatable({}, {__gc = function() while true do end end}) collectgarbage('count')")
bad_bot("a memory bomb is an error, and the bot begins again", "local t = {} while true do t[#t + 1] = ('x'):rep(100000) .. #t end",
        strikes=True, memory_kb=2048)
bad_bot("a memory bomb of one string is an error", "local s = 'x' while true do s = s .. s end", strikes=True)
bad_bot("a memory bomb within pcall leaves the bot alive", '''
    for i = 1, 10 do assert(not pcall(function() local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end end)) end
    m:reply("alive")''', "alive", logs=False, memory_kb=2048)
bad_bot("deep recursion is an error", "local function f() return 1 + f() end f()")
bad_bot("deep recursion of patterns is an error", "('('):rep(100) return ('x'):rep(1000):find(('x?'):rep(900) .. ('x'):rep(1000))")
bad_bot("deep recursion in C is an error", '''
    local function f() return ("x"):gsub("x", f) end f()''')
bad_bot("deeply nested coroutines are an error", '''
    local function f() return coroutine.wrap(f)() end f()''')
bad_bot("ten thousand coroutines are no harm", '''
    local t = {} for i = 1, 10000 do t[i] = coroutine.create(function(a) local b = coroutine.yield(a) return b end) end
    local sum = 0
    for i = 1, 10000 do local _, a = coroutine.resume(t[i], 1) local _, b = coroutine.resume(t[i], 2) sum = sum + a + b end
    m:reply(tostring(sum))''', "30000", logs=False, memory_kb=65536)
bad_bot("a flood of posts is an error", "for i = 1, 1000 do m:reply('x') end")
bad_bot("a flood of text is an error", "m:reply(('x'):rep(200000))")
bad_bot("a text that no line can carry is an error", "m:reply('a\\0b')")
bad_bot("a handler that yields by itself is an error", "coroutine.yield()")
bad_bot("an error that is a table is told without asking it", '''
    error(setmetatable({}, {__tostring = function() while true do end end}))''')
bad_bot("a long but finite handler gives way to the other bot and ends", '''
    local n = 0 for i = 1, 3000000 do n = n + i % 7 end m:reply("done")''', "done", logs=False)
bad_bot("a slice ends inside coroutines unseen", '''
    local co = coroutine.wrap(function(a) local n = 0 for i = 1, 3000000 do n = n + i % 7 end
        local b = coroutine.yield(a + 1) for i = 1, 2000000 do n = n + i % 7 end return b + 1 end)
    m:reply(co(1) .. " " .. co(2))''', "2 3", logs=False)


@test("waiting inside a coroutine and inside pcall works, inside sort it is an error")
def nested_waits(serve):
    serve.bot('''hub.hear("x", function(m)
        local co = coroutine.create(function(key) coroutine.yield(kv.get(key)) return kv.get("b") end)
        local _, a = coroutine.resume(co, "a")
        local _, b = coroutine.resume(co)
        local ok, why = pcall(table.sort, {1, 2}, function() kv.get("c") end)
        m:reply(a .. b .. tostring(ok) .. tostring(select(2, pcall(kv.get, "c")))) end)''')
    serve.kv.update(a="A", b="B", c="C")
    serve.deliver("D1", "x")
    serve.kv_calls(3)
    said = serve.next("message")
    equal(said["text"], "ABfalseC")
    serve.accept(said)
    serve.ack("D1")


@test("a coroutine that waits for one handler cannot be resumed by another")
def stolen(serve):
    serve.bot('''local co
        hub.hear("x 1", function(m) co = coroutine.create(function() return kv.get("a") end)
            local _, a = coroutine.resume(co) m:reply(tostring(a)) end)
        hub.hear("x 2", function(m) m:reply(select(2, pcall(coroutine.resume, co))) end)''')
    serve.deliver("D1", "x 1")
    call = serve.next("call", name="kv_get")
    check("waits in another handler" in serve.texts("D2", "x 2", channel=OTHER)[0], "it was resumed")
    serve.result(call, "A")
    said = serve.next("message")
    equal(said["text"], "A")
    serve.accept(said)
    serve.ack("D1")


@test("an error is told once, with its trace, and the next handler runs")
def error_once(serve):
    serve.bot('''local function inner() error("broken") end
        hub.hear("x", function(m) inner() end)
        hub.hear("x", function(m) m:reply("next") end)''')
    for n in range(3):
        equal(serve.texts(f"D{n}", "x"), ["next"])
    logs = [line for line in serve.barrier() if line["type"] == "log"]
    equal(len(logs), 1)
    check("bot.lua:1: broken" in logs[0]["text"] and "stack traceback" in logs[0]["text"], logs[0]["text"])


@test("three strikes disable a bot until its party changes, over a restart too", own=True)
def three_strikes(folder):
    path = folder.write("r", 'hub.hear("x", function(m) while true do end end)\nhub.hear("y", function(m) m:reply("y") end)')
    serve = Serve(PROGRAM, folder)
    serve.party(path, event_ms=50)
    for n in range(3):
        serve.deliver(f"D{n}", "x")
        serve.ack(f"D{n}")
        if n < 2:
            serve.next("state", state="online")
    serve.next("state", state="failed")
    serve.deliver("D3", "y")
    serve.next("nack", id="D3", retry_ms=30000)
    serve.command("z", no=5)
    serve.next("result", no=5, ok=False)
    serve.stop()
    serve = Serve(PROGRAM, folder)
    serve.party(path, online=False, event_ms=50)
    serve.next("state", state="failed")
    serve.deliver("D0", "x")
    check(serve.next("nack", id="D0")["dead"], "the event that did it comes again")
    folder.write("r", ECHO)
    serve.party(path, event_ms=50)
    equal(serve.texts("D4", "x"), ["still here"])
    serve.stop()


@test("many busy events of many bots end, each with its answer")
def crowd(serve):
    letters = "qrstuv"
    for letter in letters:
        serve.bot('hub.hear("x", function(m) local n = 0 for i = 1, 400000 do n = n + i % 7 end m:reply(m.text) end)', letter)
    for letter in letters:
        for n in range(8):
            serve.deliver(f"{letter}{n}", f"x{n}", letter, channel=f"{n:026d}")
    serve.barrier_keeping()
    for letter in letters:
        for n in range(8):
            equal([w["text"] for w in serve.ack(f"{letter}{n}")], [f"x{n}"])


@test("what was waiting when its bot was stopped is run again with the same keys")
def innocent(serve):
    serve.bot('''hub.hear("x", function(m) while true do end end)
        hub.hear("y", function(m) m:reply(kv.get("a")) end)''', event_ms=50)
    serve.deliver("D1", "y")
    serve.next("call", name="kv_get")
    serve.deliver("D2", "x", channel=OTHER)
    serve.ack("D2")
    serve.kv["a"] = "A"
    serve.kv_calls(1)
    said = serve.next("message", key="D1/1")
    equal(said["text"], "A")
    serve.accept(said)
    serve.ack("D1")


@test("a bot that hangs beyond Lua's reach kills the process, is marked, and disabled after three", own=True)
def hangs(folder):
    path = folder.write("r", '''hub.hear("x", function(m)
        local t, a, b = {}, ("x"):rep(1048575) .. "a", ("x"):rep(1048575) .. "b"
        for i = 1, 100000 do t[i] = i % 3 == 0 and a or b end
        table.sort(t) end)''')
    other = folder.write("o", ECHO)
    for _ in range(3):
        serve = Serve(PROGRAM, folder)
        serve.party(other, "q")
        serve.party(path)
        equal(serve.texts("E1", "x", letter="q"), ["still here"])
        serve.deliver("D1", "x")
        serve.killed()
    serve = Serve(PROGRAM, folder)
    serve.party(path, online=False)
    serve.next("state", state="failed")
    serve.party(other, "q")
    equal(serve.texts("E2", "x", letter="q"), ["still here"])
    serve.deliver("D1", "x")
    check(serve.next("nack", id="D1")["dead"], "the event that did it comes again")
    serve.stop()


if __name__ == "__main__":
    main()
