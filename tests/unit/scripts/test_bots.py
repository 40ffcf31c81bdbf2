"""test_bots - hubbub-bots against a played serve: what its bots may do."""
import sys

from bot_stage import CHANNEL, Folder, OTHER, Serve, check, ident, run

PROGRAM = sys.argv[1]
TESTS = []


def test(sentence, **how):
    def wrap(function):
        def staged():
            folder = Folder()
            serve = Serve(PROGRAM, folder, **how)
            try:
                function(serve)
                serve.stop()
            finally:
                serve.kill()
                folder.close()
        TESTS.append((sentence, staged))
        return function
    return wrap


def equal(got, wanted):
    check(got == wanted, f"{got} is not {wanted}")


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


if __name__ == "__main__":
    sys.exit(run(TESTS, sys.argv[2] if len(sys.argv) > 2 else None))
