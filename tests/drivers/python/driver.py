"""PyPI's mattermostdriver, unchanged, against a server at HUBBUB_PORT whose first person is admin/password1.

Prints "ok NAME" or "FAIL NAME why" for each step; a step uses what the ones before it made."""
import asyncio
import base64
import io
import json
import logging
import os
import sys
import time

import mattermostdriver.exceptions
from mattermostdriver import Driver

logging.disable()       # it tells of each refusal, and some are wanted
PORT = int(os.environ["HUBBUB_PORT"])
HEARS = os.environ["HUBBUB_HEARS"]
PICTURE = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")


def driver(**options):
    return Driver({"url": "127.0.0.1", "scheme": "http", "port": PORT, "timeout": 60, **options})


def sign_in(**options):
    """Sign-ins are limited for each address."""
    end = time.monotonic() + 60
    while True:
        d = driver(**options)
        try:
            d.login()
            if d.client.userid:
                return d
        except Exception as e:
            if "429" not in str(e) and "Too many" not in str(e):
                raise
        if time.monotonic() > end:
            raise AssertionError("no sign-in")
        time.sleep(0.2)


def refused(kind, call, *args, **more):
    try:
        call(*args, **more)
    except kind:
        return
    raise AssertionError(f"{call} was not refused")


class World:
    pass


def people(w):
    w.d = sign_in(login_id="admin", password="password1")
    w.me = w.d.users.get_user("me")
    assert w.me["username"] == "admin"
    w.bob = w.d.users.create_user({"email": "bob@example.com", "username": "bob", "password": "password1"})
    w.bobs = sign_in(login_id="bob", password="password1")
    assert w.d.users.get_user_by_username("bob")["id"] == w.bob["id"]
    assert w.d.users.get_user_by_email("bob@example.com")["id"] == w.bob["id"]
    assert len(w.d.users.get_users(params={"page": 0, "per_page": 10})) >= 2
    assert len(w.d.users.get_users_by_ids([w.bob["id"]])) == 1
    assert len(w.d.users.get_users_by_usernames(["bob"])) == 1
    assert w.d.users.search_users({"term": "bob"})[0]["id"] == w.bob["id"]
    assert w.d.users.autocomplete_users(params={"name": "bo"})["users"][0]["id"] == w.bob["id"]
    assert w.bobs.users.patch_user(w.bob["id"], {"nickname": "Bobby"})["nickname"] == "Bobby"
    assert w.d.users.update_user_role(w.bob["id"], {"roles": "system_user"})["status"] == "OK"
    assert w.d.users.get_user_sessions("me")
    assert w.d.users.get_stats()["total_users_count"] >= 2
    assert w.d.users.set_user_profile_image("me", {"image": ("dot.png", PICTURE)})["status"] == "OK"
    assert w.d.users.get_user_profile_image("me").content
    refused(mattermostdriver.exceptions.NoAccessTokenProvided, driver(login_id="bob", password="wrong").login)
    refused(mattermostdriver.exceptions.NotEnoughPermissions, w.bobs.users.patch_user, w.me["id"], {"nickname": "x"})
    refused(mattermostdriver.exceptions.ResourceNotFound, w.d.users.get_user_by_username, "nobody")
    refused(mattermostdriver.exceptions.InvalidOrMissingParameters, w.d.users.get_user, "not-an-id")


def tokens(w):
    t = w.d.users.create_user_access_token("me", {"description": "a script"})
    script = driver(token=t["token"])
    script.login()
    assert script.client.userid == w.me["id"]
    w.d.users.disable_personal_access_token({"token_id": t["id"]})
    refused(mattermostdriver.exceptions.NoAccessTokenProvided, script.users.get_user, "me")
    w.d.users.enable_personal_access_token({"token_id": t["id"]})
    assert script.users.get_user("me")["id"] == w.me["id"]
    assert w.d.users.get_user_access_token(t["id"])["description"] == "a script"


def system(w):
    assert w.d.system.check_system_health()["status"] == "OK"
    assert w.d.system.get_client_configuration(params={"format": "old"})["Version"]
    assert w.d.system.get_client_license(params={"format": "old"})
    assert w.d.system.get_analytics(params={"name": "standard", "team_id": ""})
    assert isinstance(w.d.system.get_audits(params={"page": 0}), list)
    assert w.d.roles.get_role_by_name("channel_user")["name"] == "channel_user"


def teams(w):
    w.team = w.d.teams.create_team({"name": "snakes", "display_name": "Snakes", "type": "O"})
    w.t = w.team["id"]
    assert w.d.teams.get_team(w.t)["name"] == "snakes"
    assert w.d.teams.get_team_by_name("snakes")["id"] == w.t
    assert w.d.teams.check_team_exists("snakes")["exists"] is True
    assert w.d.teams.add_user_to_team(w.t, {"team_id": w.t, "user_id": w.bob["id"]})["user_id"] == w.bob["id"]
    assert len(w.d.teams.get_team_members(w.t)) == 2
    assert len(w.d.teams.get_team_members_by_id(w.t, [w.bob["id"]])) == 1
    assert w.d.teams.get_team_member(w.t, w.bob["id"])["scheme_user"]
    assert w.d.teams.get_team_stats(w.t)["total_member_count"] == 2
    assert w.d.teams.patch_team(w.t, {"description": "they hiss"})["description"] == "they hiss"
    assert w.t in [x["id"] for x in w.bobs.teams.get_user_teams("me")]
    assert w.t in [x["team_id"] for x in w.bobs.teams.get_team_unreads_for_user("me")]
    assert w.bobs.teams.get_unreads_for_team("me", w.t)["team_id"] == w.t
    assert w.d.teams.search_teams({"term": "snak"})[0]["id"] == w.t
    assert w.d.teams.update_team_member_roles(w.t, w.bob["id"], {"roles": "team_user team_admin"})["status"] == "OK"
    assert w.d.teams.get_invite_info_for_team(w.d.teams.get_team(w.t)["invite_id"])["id"] == w.t


def channels(w):
    w.channel = w.d.channels.create_channel({"team_id": w.t, "name": "pit", "display_name": "Pit", "type": "O"})
    w.c = w.channel["id"]
    assert w.d.channels.get_channel(w.c)["name"] == "pit"
    assert w.d.channels.get_channel_by_name(w.t, "pit")["id"] == w.c
    assert w.d.channels.get_channel_by_name_and_team_name("snakes", "pit")["id"] == w.c
    assert w.d.channels.add_user(w.c, {"user_id": w.bob["id"]})["user_id"] == w.bob["id"]
    assert len(w.d.channels.get_channel_members(w.c)) == 2
    assert w.d.channels.get_channel_member(w.c, w.bob["id"])["channel_id"] == w.c
    assert w.d.channels.get_channel_statistics(w.c)["member_count"] == 2
    assert w.d.channels.patch_channel(w.c, {"header": "dark"})["header"] == "dark"
    assert w.d.channels.update_channel_notifications(w.c, "me", {"desktop": "all"})["status"] == "OK"
    assert len(w.d.channels.get_public_channels(w.t)) == 3
    assert len(w.bobs.channels.get_channels_for_user("me", w.t)) >= 3
    assert len(w.bobs.channels.get_channel_members_for_user("me", w.t)) >= 3
    assert w.d.channels.search_channels(w.t, {"term": "pit"})[0]["id"] == w.c
    assert w.c in [x["id"] for x in w.d.channels.autocomplete_channels(w.t, params={"name": "pi"})]
    assert w.d.channels.create_direct_message_channel([w.me["id"], w.bob["id"]])["type"] == "D"
    other = w.d.channels.create_channel({"team_id": w.t, "name": "den", "display_name": "Den", "type": "P"})
    assert w.d.channels.delete_channel(other["id"])["status"] == "OK"
    assert w.d.channels.restore_channel(other["id"])["delete_at"] == 0


def websocket(w):
    """As bots do: one connection, one handler, which stops when it has seen what it waits for."""
    seen = []
    asyncio.set_event_loop(asyncio.new_event_loop())

    async def handle(text):
        m = json.loads(text)
        seen.append(m)
        if m.get("event") == "hello":
            w.post = await asyncio.to_thread(w.bobs.posts.create_post, {"channel_id": w.c, "message": "hiss, @admin"})
        if m.get("event") == "posted" and json.loads(m["data"]["post"])["message"] == "hiss, @admin":
            assert w.me["id"] in json.loads(m["data"]["mentions"])
            w.d.disconnect()

    w.d.options["keepalive"] = False
    w.d.init_websocket(handle)
    assert seen[0]["event"] == "hello" and seen[-1]["event"] == "posted"
    assert any(m.get("seq_reply") == 1 and m["status"] == "OK" for m in seen)


def posts(w):
    p = w.post["id"]
    assert w.d.posts.get_post(p)["message"] == "hiss, @admin"
    w.reply = w.d.posts.create_post({"channel_id": w.c, "message": "rattle", "root_id": p})
    assert set(w.d.posts.get_thread(p)["order"]) == {p, w.reply["id"]}
    assert w.bobs.posts.patch_post(p, {"message": "hiss!"})["message"] == "hiss!"
    assert w.bobs.posts.update_post(p, {"id": p, "message": "hiss?"})["message"] == "hiss?"
    assert len(w.d.posts.get_posts_for_channel(w.c, params={"page": 0, "per_page": 2})["order"]) == 2
    assert w.d.posts.pin_post_to_channel(p)["status"] == "OK"
    assert w.d.channels.get_channel_pinned_posts(w.c)["order"] == [p]
    assert w.d.posts.unpin_post_to_channel(p)["status"] == "OK"
    assert w.d.posts.create_ephemeral_post({"user_id": w.bob["id"], "post": {"channel_id": w.c, "message": "psst"}})["type"] == "system_ephemeral"
    assert w.d.channels.view_channel("me", {"channel_id": w.c})["status"] == "OK"
    assert w.d.channels.get_unread_messages("me", w.c)["msg_count"] == 0
    brief = w.d.posts.create_post({"channel_id": w.c, "message": "brief"})
    assert w.d.posts.delete_post(brief["id"])["status"] == "OK"
    refused(mattermostdriver.exceptions.ResourceNotFound, w.d.posts.get_post, brief["id"])
    end = time.monotonic() + 60
    while w.d.posts.search_for_team_posts(w.t, {"terms": "rattle", "is_or_search": False})["order"] != [w.reply["id"]]:
        assert time.monotonic() < end


def reactions(w):
    r = {"user_id": w.me["id"], "post_id": w.post["id"], "emoji_name": "snake"}
    assert w.d.reactions.create_reaction(r)["emoji_name"] == "snake"
    assert len(w.d.reactions.get_reactions_of_post(w.post["id"])) == 1
    assert w.d.reactions.delete_reaction(w.me["id"], w.post["id"], "snake")["status"] == "OK"


def files(w):
    sent = w.d.files.upload_file(channel_id=w.c, files={"files": ("dot.png", io.BytesIO(PICTURE))})["file_infos"][0]
    shown = w.d.posts.create_post({"channel_id": w.c, "message": "look", "file_ids": [sent["id"]]})
    assert w.d.files.get_file(sent["id"]).content == PICTURE
    assert w.d.files.get_file_metadata(sent["id"])["post_id"] == shown["id"]
    assert w.d.posts.get_file_info_for_post(shown["id"])[0]["name"] == "dot.png"
    assert "/public?h=" in w.d.files.get_public_file_link(sent["id"])["link"]


def own(w):
    p = [{"user_id": w.me["id"], "category": "theme", "name": "", "value": "{}"}]
    assert w.d.preferences.save_user_preferences(w.me["id"], p)["status"] == "OK"
    assert w.d.preferences.list_user_preferences_by_category(w.me["id"], "theme")[0]["value"] == "{}"
    assert w.d.preferences.delete_user_preferences(w.me["id"], p)["status"] == "OK"
    assert w.d.status.update_user_status(w.me["id"], {"user_id": w.me["id"], "status": "away"})["status"] == "away"
    assert w.d.status.get_user_status(w.me["id"])["status"] == "away"
    assert len(w.d.status.get_user_statuses_by_id([w.me["id"]])) == 1
    e = w.d.emoji.create_custom_emoji("cobra", {"image": ("cobra.png", PICTURE), "emoji": (None, json.dumps({"name": "cobra", "creator_id": w.me["id"]}))})
    assert w.d.emoji.get_custom_emoji_by_name("cobra")["id"] == e["id"]
    assert len(w.d.emoji.get_emoji_list()) == 1
    assert w.d.emoji.delete_custom_emoji(e["id"])["status"] == "OK"


def integrations(w):
    h = w.d.webhooks.create_incoming_hook({"channel_id": w.c, "display_name": "ci"})
    assert w.d.webhooks.get_incoming_hook(h["id"])["display_name"] == "ci"
    assert len(w.d.webhooks.list_incoming_hooks(params={"team_id": w.t})) == 1
    out = w.d.webhooks.create_outgoing_hook({"team_id": w.t, "channel_id": w.c, "display_name": "out", "trigger_words": ["go"], "callback_urls": [HEARS]})
    assert w.d.webhooks.get_outgoing_hook(out["id"])["display_name"] == "out"
    assert w.d.webhooks.delete_outgoing_hook(out["id"])["status"] == "OK"
    w.d.commands.create_command({"team_id": w.t, "trigger": "coil", "method": "P", "url": HEARS, "auto_complete": True})
    assert "coil" in [x["trigger"] for x in w.d.commands.list_commands_for_team(params={"team_id": w.t})]
    assert w.d.commands.execute_command({"channel_id": w.c, "command": "/coil"})["text"] == "heard"
    bots = w.d.api["bots"]
    b = bots.create_bot({"username": "viper", "display_name": "Viper"})
    assert bots.patch_bot(b["user_id"], {"username": "viper", "display_name": "V"})["display_name"] == "V"
    assert bots.disable_bot(b["user_id"])["delete_at"] > 0
    assert bots.enable_bot(b["user_id"])["delete_at"] == 0


def leaving(w):
    assert w.d.channels.remove_channel_member(w.c, w.bob["id"])["status"] == "OK"
    assert w.d.teams.remove_user_from_team(w.t, w.bob["id"])["status"] == "OK"
    assert w.d.teams.delete_team(w.t)["status"] == "OK"
    assert w.d.users.deactivate_user(w.bob["id"])["status"] == "OK"
    w.d.logout()


def main():
    w, failed = World(), 0
    for step in (people, tokens, system, teams, channels, websocket, posts, reactions, files, own, integrations, leaving):
        try:
            step(w)
            print(f"ok python: {step.__name__}")
        except Exception as e:
            failed += 1
            line = sys.exc_info()[2].tb_next.tb_lineno
            print(f"FAIL python: {step.__name__}: line {line}: {type(e).__name__} {' '.join(str(e).split())[:300]}")
    return 1 if failed else 0


sys.exit(main())
