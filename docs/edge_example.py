#!/usr/bin/env python3
"""An edge in forty lines: it keeps a journal of the channels its account is in, and answers "journal?".

serve starts it when config.json says  "BridgeSettings": {"Edges": "journal=python3 docs/edge_example.py"}
and gives it file descriptor 3; docs/EDGES.md is the protocol. Its account is the bot "journal": add it to a channel.
The journal is the file named by HUBBUB_JOURNAL, or journal.txt.
"""
import json
import os
import socket

wire = socket.socket(fileno=3)
lines = wire.makefile("r", encoding="utf-8", newline="\n")
journal = open(os.environ.get("HUBBUB_JOURNAL", "journal.txt"), "a+", encoding="utf-8")


def say(**message):
    wire.sendall((json.dumps(message) + "\n").encode())


def seen():
    """Deliveries may come twice; the journal itself tells which were written."""
    journal.seek(0)
    return {line.split(" ", 1)[0] for line in journal}


def deliver(m):
    event, writes = m["event"], []
    if event["kind"] == "post" and m["id"] not in seen():
        journal.write(f'{m["id"]} {event["user"]["display_name"]}: {event["post"]["message"]!r}\n')
        journal.flush()
    if event["kind"] == "post" and event["post"]["message"] == "journal?" and not event["user"]["is_bot"]:
        # What goes along with the ack is committed with it: asked twice, it is still one answer.
        writes = [{"op": "post", "channel_id": event["channel"]["id"], "text": f"{len(seen())} lines"}]
    say(type="ack", id=m["id"], remote_ids=[], writes=writes)


say(type="hello", version=1, kind="custom", name="journal")
for line in lines:
    message = json.loads(line)
    if message["type"] == "deliver":
        deliver(message)
    elif message["type"] == "ping":
        say(type="pong", no=message["no"])
    elif message["type"] == "party":
        say(type="state", party=message["id"], state="online", text="writing")
