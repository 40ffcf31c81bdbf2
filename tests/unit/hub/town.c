/* town - see town.h. */
#include "tests/unit/hub/town.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "hub/people.h"
#include "hub/pipeline.h"
#include "hub/places.h"

static bool complain(const char *what, int e, const struct why *why)
{
	if (e)
		fprintf(stderr, "%s: %s %s %s\n", what, err_name(e), why->text, why->detail);
	return e == 0;
}

static int add_person(struct town *t, const char *name, bool admin, struct person **ret, struct why *why)
{
	char email[64];
	struct user u;
	snprintf(email, sizeof email, "%s@example.org", name);
	struct signup s = { .username = name, .email = email, .password = "Passw0rd!x", .by_admin = true, .admin = admin };
	int e = people_create(t->hub, t->a, &s, &u, why);
	return e ? e : person_get(t->hub, u.id, ret, why);
}

static bool again(struct town *t, struct person **p)
{
	char id[ID_SIZE];
	struct why why = { 0 };
	text_copy(id, sizeof id, (*p)->user.id);
	person_unref(*p);
	*p = NULL;
	return complain("person", person_get(t->hub, id, p, &why), &why);
}

static bool open_hub(struct town *t)
{
	struct why why = { 0 };
	int e = hub_open(t->conf, t->folder, &t->hub, &why);
	if (!e)
		e = hub_start(t->hub, &why);
	return complain("hub", e, &why);
}

static bool people_and_places(struct town *t)
{
	struct why why = { 0 };
	struct channel square;
	struct team_member m;
	struct team team = { .display_name = "Town", .name = "town", .description = "", .email = "", .type = "O", .company_name = "", .allowed_domains = "" };
	int e = add_person(t, "alice", true, &t->alice, &why);
	if (!e)
		e = add_person(t, "bob", false, &t->bob, &why);
	if (!e)
		e = team_create(t->hub, t->a, t->alice, &team, &why);
	if (!e)
		e = team_join(t->hub, t->a, team.id, t->bob->user.id, false, &m, &why);
	if (!e)
		e = channel_by_name(t->hub->store, t->a, team.id, "town-square", &square, &why);
	t->team_id = team.id;
	t->square_id = square.id;
	return complain("people and places", e, &why) && again(t, &t->alice) && again(t, &t->bob);
}

bool town_open(struct town *t, const char *const *settings)
{
	char *environment[32] = { 0 };
	struct why why = { 0 };
	AUTO_STR unknown = STR_MAX(64 * KB);
	int n = 0;
	*t = (struct town){ .folder = "/tmp/hubbub_town_XXXXXX", .a = arena_new(64 * MB) };
	log_open("/dev/null", false, LOG_ERROR);
	environment[n++] = mem_strdup("MM_BRIDGESETTINGS_ENABLE=false");
	environment[n++] = mem_strdup("MM_BOTSETTINGS_ENABLE=false");
	for (int i = 0; settings && settings[i]; i++)
		environment[n++] = mem_strdup(settings[i]);
	int e = mkdtemp(t->folder) ? conf_load(NULL, true, environment, &t->conf, &unknown, &why) : -ERR_IO;
	while (n)
		free(environment[--n]);
	return complain("settings", e, &why) && open_hub(t) && people_and_places(t);
}

bool town_restart(struct town *t)
{
	char alice[ID_SIZE], bob[ID_SIZE];
	struct why why = { 0 };
	text_copy(alice, sizeof alice, t->alice->user.id);
	text_copy(bob, sizeof bob, t->bob->user.id);
	t->alice = person_unref(t->alice);
	t->bob = person_unref(t->bob);
	t->hub = hub_close(t->hub);
	return open_hub(t) && complain("alice", person_get(t->hub, alice, &t->alice, &why), &why)
		&& complain("bob", person_get(t->hub, bob, &t->bob, &why), &why);
}

void town_close(struct town *t)
{
	char command[128];
	person_unref(t->alice);
	person_unref(t->bob);
	hub_close(t->hub);
	conf_free(t->conf);
	arena_free(t->a);
	snprintf(command, sizeof command, "rm -rf %s", t->folder);
	if (system(command))
		fprintf(stderr, "%s stays\n", t->folder);
}

const char *town_say(struct town *t, const struct person *who, const char *channel_id, const char *text)
{
	struct post made;
	struct why why = { 0 };
	struct message m = { .op = MESSAGE_POST, .channel_id = channel_id, .text = text, .origin = { .way = "rest" } };
	return pipeline_post(t->hub, t->a, who, &m, &made, NULL, &why) ? NULL : made.id;
}

static struct post_list newest(struct town *t, const char *channel_id)
{
	struct post_list list = { 0 };
	struct why why = { 0 };
	post_read(t->hub->store, t->a, ST_posts_page, ARGS(value_text(channel_id), value_int(200), value_int(0)), &list, &why);
	return list;
}

struct post town_last(struct town *t, const char *channel_id)
{
	struct post_list list = newest(t, channel_id);
	return list.count ? list.items[0] : (struct post){ .id = "", .message = "", .props = "{}", .type = "", .root_id = "", .user_id = "" };
}

int town_count(struct town *t, const char *channel_id)
{
	return newest(t, channel_id).count;
}

bool town_wait(bool (*ready)(void *p), void *p)
{
	for (int i = 0; i < 1000; i++) {
		if (ready(p))
			return true;
		usleep(10000);
	}
	return false;
}
