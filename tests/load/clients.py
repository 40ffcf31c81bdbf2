"""What clients ask for: the web app's boot, and the hottest calls of the load model. Used by report.py (its part "clients").

A person in a team of 200 with 20 channels, 20 direct messages, threads, preferences and drafts; 20,000 posts. Every call is
measured by itself, 32 connections at once. The boot is the sum of its calls. Sources: API.md A.5 (the trace), LOAD.md 1.2 (the model).
"""
import json

BOOT_GOAL_MS = 10


def world(server, posts):
    """Makes the town; gives what the calls below are filled with."""
    admin = server.user("admin")
    token = admin["token"]
    call = lambda method, path, body=None, t=token: server.call(method, path, body, t)[0]
    team = call("POST", "/teams", {"name": "load", "display_name": "Load", "type": "O"})
    people = [server.user(f"user{i}", token) for i in range(40)]
    more = [call("POST", "/users", {"email": f"more{i}@example.com", "username": f"more{i}", "password": "password1"}) for i in range(160)]
    everybody = people + more
    for part in [everybody[i:i + 20] for i in range(0, len(everybody), 20)]:
        call("POST", f"/teams/{team['id']}/members/batch", [{"team_id": team["id"], "user_id": p["id"]} for p in part])
    me = people[0]
    channels = [call("POST", "/channels", {"team_id": team["id"], "name": f"room-{i}", "display_name": f"Room {i}", "type": "P" if i % 3 == 0 else "O"})
                for i in range(20)]
    for c in channels:
        call("POST", f"/channels/{c['id']}/members", {"user_ids": [p["id"] for p in people]})
    direct = [call("POST", "/channels/direct", [me["id"], p["id"]], me["token"]) for p in people[1:21]]
    room = channels[0]
    body = json.dumps({"channel_id": room["id"], "message": "A message of ordinary length, number %d, as people write them all day."})
    server.load("--count", posts, "--method", "POST", "--path", "/api/v4/posts", "--token", token, "--body", body)
    roots = []
    for i in range(60):
        root = call("POST", "/posts", {"channel_id": channels[i % 20]["id"], "message": f"a thread of {i} for @user0"})
        roots.append(root)
        for k in range(3):
            call("POST", "/posts", {"channel_id": root["channel_id"], "root_id": root["id"], "message": f"answer {k}"}, people[k + 1]["token"])
    for d in direct[:10]:
        call("POST", "/posts", {"channel_id": d["id"], "message": "hello"}, me["token"])
        call("POST", "/drafts", {"user_id": me["id"], "channel_id": d["id"], "message": "not yet"}, me["token"])
    call("PUT", f"/users/{me['id']}/preferences", [{"user_id": me["id"], "category": "direct_channel_show", "name": p["id"], "value": "true"} for p in people[1:21]], me["token"])
    middle = server.call("GET", f"/channels/{room['id']}/posts?per_page=1&page=5000", token=token)[0]["order"][0]
    last = server.call("GET", f"/channels/{room['id']}/posts?per_page=1&page=20", token=token)[0]
    since = last["posts"][last["order"][0]]["create_at"]
    return {"me": me["id"], "token": me["token"], "team": team["id"], "room": room["id"], "other": channels[1]["id"], "dm": direct[0]["id"], "middle": middle,
            "since": since, "root": roots[-1]["id"], "ids": json.dumps([p["id"] for p in people]), "names": json.dumps([p["username"] for p in people[:5]]),
            "friend": people[1]["id"]}


# The calls of a boot after login, in the order of the trace (API.md A.5.1 to A.5.3).
BOOT = [
    ("GET", "/config/client?format=old"), ("GET", "/license/client?format=old"), ("GET", "/plugins/webapp"), ("GET", "/users/me"),
    ("GET", "/users/me/preferences"), ("GET", "/users/me/teams"), ("GET", "/users/me/teams/members"),
    ("GET", "/users/me/teams/unread?include_collapsed_threads=true"), ("GET", "/limits/server"),
    ("POST", "/roles/names", '["system_user","team_user","channel_user","team_admin","channel_admin"]'), ("POST", "/emoji/names", '["smile"]'),
    ("GET", "/users/me/channels"), ("GET", "/users/me/channel_members?page=-1&per_page=60"), ("GET", "/users/me/teams/{team}/channels/categories"),
    ("GET", "/users/me/teams/{team}/drafts"), ("GET", "/posts/scheduled/team/{team}?includeDirectChannels=true"),
    ("GET", "/users/me/teams/{team}/threads?totalsOnly=true"), ("GET", "/system/notices/{team}?client=web&clientVersion=11.6.0"),
    ("GET", "/users?page=0&per_page=100"), ("GET", "/agents/status"), ("GET", "/custom_profile_attributes/fields"),
    ("GET", "/users/me/teams/{team}/channels?include_deleted=true&last_delete_at=0"), ("GET", "/users/me/teams/{team}/channels/members"),
    ("GET", "/users/me/channels/{room}/posts/unread?limit_before=30&limit_after=30&skipFetchThreads=false&collapsedThreads=true&collapsedThreadsExtended=false"),
    ("POST", "/channels/members/me/view", '{{"channel_id":"{room}","prev_channel_id":"","collapsed_threads_supported":true}}'),
    ("GET", "/channels/{room}/stats?exclude_files_count=true"), ("GET", "/channels/{room}/members/me"), ("GET", "/channels/{room}"),
    ("POST", "/users/status/ids", "{ids}"), ("POST", "/users/ids", "{ids}"), ("GET", "/users/me/status"), ("GET", "/users/{me}/image?_=0"),
    ("GET", "/channels/{room}/timezones"), ("GET", "/teams/{team}/commands/autocomplete"), ("POST", "/client_perf", "{{}}"),
    ("GET", "/users/me/teams/{team}/threads?per_page=25&extended=true"), ("GET", "/channels/{room}/pinned"), ("GET", "/users/{friend}/image?_=0"),
    ("GET", "/users/me/teams/{team}/channels/categories"), ("GET", "/teams/{team}/stats"), ("GET", "/users?in_channel={room}&page=0&per_page=60"),
    ("GET", "/channels/{room}/posts?since={since}&collapsedThreads=true"), ("POST", "/users/usernames", "{names}"), ("GET", "/system/timezones"), ("GET", "/system/ping"),
]

# The ten calls most often made in the load model: reading a channel makes up most of them (LOAD.md 1.2).
HOTTEST = [
    ("POST", "/channels/members/me/view", '{{"channel_id":"{room}","prev_channel_id":"{other}","collapsed_threads_supported":true}}'),
    ("GET", "/channels/{room}/posts?since={since}"),
    ("GET", "/users/me/channels/{room}/posts/unread?limit_before=30&limit_after=30"),
    ("POST", "/users/status/ids", "{ids}"),
    ("POST", "/users/ids", "{ids}"),
    ("GET", "/channels/{room}/stats?exclude_files_count=true"),
    ("GET", "/channels/{room}/posts?before={middle}&per_page=30"),
    ("GET", "/users/{friend}/image?_=0"),
    ("PUT", "/users/{me}/preferences", '[{{"user_id":"{me}","category":"channel_approximate_view_time","name":"{dm}","value":"1"}}]'),
    ("POST", "/drafts", '{{"user_id":"{me}","channel_id":"{room}","message":"something"}}'),
]


def cost(server, w, call, count):
    """CPU µs of one such call, those of serve alone, and how its answers were."""
    method, path, *body = call
    words = ["--method", method, "--path", "/api/v4" + path.format(**w), "--token", w["token"], "--connections", 32, "--count", count]
    before, own = server.cpu(), server.own_cpu()
    r = server.load(*words, *(["--body", body[0].format(**w)] if body else []))
    used, own = (server.cpu() - before) / r["requests"] * 1e6, (server.own_cpu() - own) / r["requests"] * 1e6
    if r["errors"]:
        raise SystemExit(f"{method} {path}: {r['errors']} of {r['requests']} requests failed")
    return used, own, f"{r['per_second']:.0f}/s, p50 {r['p50_us']} µs"


def run(server, show, posts):
    w = world(server, posts)
    goal = 500 if server.engine == "postgres" else 300
    for call in HOTTEST:
        used, _, wall = cost(server, w, call, 2000)
        show(f"{call[0]} {call[1].split('?')[0]}", server.engine, used, goal, wall)
    costs = sorted(((*cost(server, w, call, 300)[:2], call) for call in BOOT), reverse=True)
    dearest = ", ".join(f"{call[1].split('?')[0]} {used:.0f}" for used, _, call in costs[:5])
    show(f"boot of the web app, {len(BOOT)} calls, serve", server.engine, sum(own for _, own, _ in costs), BOOT_GOAL_MS * 1000,
         f"with the database {sum(used for used, _, _ in costs):.0f}; dearest: {dearest}")
