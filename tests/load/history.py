"""Does it matter how long a channel's past is? Used by report.py (its part "history"; not in "all", it takes some minutes).

The same calls in the same channel twice: with what was written lately, then with a million posts before that, a fifth of them
in the thread that is asked for. The figure is the ratio of the two costs.
"""
import random
import time

RATIO_GOAL = 1.5
LATELY = 300
CALLS = [
    ("posts since", "GET", "/channels/{room}/posts?since={since}"),
    ("posts since, threads collapsed", "GET", "/channels/{room}/posts?since={since}&collapsedThreads=true"),
    ("the newest page", "GET", "/channels/{room}/posts?per_page=30&page=1"),
    ("a page before a post", "GET", "/channels/{room}/posts?before={middle}&per_page=30"),
    ("a page after a post", "GET", "/channels/{room}/posts?after={middle}&per_page=30"),
    ("posts around unread", "GET", "/users/me/channels/{room}/posts/unread?limit_before=30&limit_after=30"),
    ("a thread's newest replies", "GET", "/posts/{root}/thread?perPage=30&direction=up"),
    ("a thread's replies after one", "GET", "/posts/{root}/thread?perPage=30&direction=down&fromCreateAt={reply_at}&fromPost={reply}"),
    ("threads one follows", "GET", "/users/me/teams/{team}/threads?per_page=25&extended=true"),
    ("a channel's counts", "GET", "/channels/{room}/stats"),
]


# As somebody who has read nothing of the thread: at most a thousand replies are looked at, where lately there were a hundred.
UNREAD, UNREAD_RATIO_GOAL = ("a thread with all of it unread", "GET", "/users/me/teams/{team}/threads/{root}"), 8


def late(server, call, team, room, root):
    """Somebody who follows the thread and has looked at it once, long ago; gives his token."""
    who = server.user("late")
    for place in (f"/teams/{team['id']}/members", f"/channels/{room['id']}/members"):
        call("POST", place, {"team_id": team["id"], "user_id": who["id"]})
    thread = f"/users/{who['id']}/teams/{team['id']}/threads/{root['id']}"
    server.call("PUT", f"{thread}/following", None, who["token"])
    server.call("PUT", f"{thread}/read/1", None, who["token"])
    return who["token"]


def world(server):
    admin = server.user("admin")
    token = admin["token"]
    call = lambda method, path, body=None: server.call(method, path, body, token)[0]
    team = call("POST", "/teams", {"name": "load", "display_name": "Load", "type": "O"})
    room = call("POST", "/channels", {"team_id": team["id"], "name": "old", "display_name": "Old", "type": "O"})
    root = call("POST", "/posts", {"channel_id": room["id"], "message": "a long thread"})
    posts, replies = [], []
    for i in range(LATELY):
        posts.append(call("POST", "/posts", {"channel_id": room["id"], "message": f"written lately, number {i}"}))
        if i % 3 == 0:
            replies.append(call("POST", "/posts", {"channel_id": room["id"], "root_id": root["id"], "message": f"answered lately, number {i}"}))
    return {"me": admin["id"], "late": late(server, call, team, room, root), "token": token, "team": team["id"], "room": room["id"], "root": root["id"], "began": root["create_at"],
            "since": posts[-30]["create_at"], "middle": posts[LATELY // 2]["id"], "reply": replies[50]["id"], "reply_at": replies[50]["create_at"]}


def past(w, posts, fresh):
    """A million posts before all others; the thread's root becomes the first of them."""
    columns = ("id", "create_at", "update_at", "user_id", "channel_id", "root_id", "message")
    first = w["began"] - posts * 1000
    other = fresh()
    rows = ((fresh(), at, at, other, w["room"], w["root"] if random.random() < 0.2 else "", "Written long ago, as people write all day in every channel.")
            for at in range(first, w["began"], 1000))
    return {"posts": (columns, rows)}


def settle(server):
    """Until what was put in is indexed: the server does nothing more by itself."""
    quiet = 0
    while quiet < 5:
        before = server.cpu()
        time.sleep(1)
        quiet = quiet + 1 if server.cpu() - before < 0.02 else 0


def run(server, show, cost, insert, fresh, posts):
    w = world(server)
    judged = [(call, w, RATIO_GOAL) for call in CALLS] + [(UNREAD, {**w, "token": w["late"]}, UNREAD_RATIO_GOAL)]
    short = [cost(server, as_, call[1:], 2000)[0] for call, as_, _ in judged]
    server.stop()
    insert(server, past(w, posts, fresh))
    server.start()
    settle(server)
    for (call, as_, goal), before in zip(judged, short):
        after, _, wall = cost(server, as_, call[1:], 2000)
        show(f"{call[0]}: with {posts} posts before, times its cost without", server.engine, after / before, goal, f"{before:.0f} → {after:.0f} µs; {wall}")
