/* test_ws_limits - what WebSocket sessions may hold, without a loop: events wait until a test takes them. */
#include <stdlib.h>
#include <unistd.h>

#include "api/ws_private.h"
#include "tests/unit/api/check.h"
#include "tests/unit/hub/town.h"

static struct town town;
static struct api *api;
static struct ws_hub *h;

static bool begin(const char *setting)
{
	const char *settings[] = { setting, NULL };
	if (!town_open(&town, settings))
		return false;
	if (api_new(town.hub, &api, NULL))
		return false;
	h = api_ws(api);
	return true;
}

static void finish(void)
{
	api_free(api);
	town.hub->sink = (struct hub_sink){ 0 };
	town_close(&town);
}

/* Somebody whose client has lost its connection just now. */
static struct ws_session *away(const struct person *who)
{
	bool fresh;
	struct ws_user *u = index_user(h, who->user.id, &fresh);
	struct rows none = { 0 };
	index_loaded(h, u, &none);
	index_join(h, u, town.square_id, town.team_id);
	struct ws_session *s = session_new(h, u, NULL, "hash");
	s->gone_at_ms = clock_mono_ms();
	return s;
}

static void tell(const struct person *who, const char *text)
{
	hub_emit(town.hub, &(struct hub_event){ .kind = EVENT_PREFERENCES_CHANGED, .user_id = who->user.id, .text = text });
}

static char *long_text(size_t len)
{
	char *text = mem_new(len + 1);
	memset(text, 'x', len);
	return text;
}

static void ring(void)
{
	AUTO(free) char *big = long_text(100 * KB), *huge = long_text(1 * MB);
	CHECK(begin(NULL));
	struct ws_session *s = away(town.alice);
	for (int i = 0; i < 1000; i++)
		tell(town.alice, "small");
	ws_take_incoming(h);
	CHECK(s->count == RING_MAX && s->seq == 1000 && ring_oldest(s) == 1000 - RING_MAX && s->ring_bytes <= RING_BYTES_MAX);
	for (int i = 0; i < 3; i++)
		tell(town.alice, big);
	ws_take_incoming(h);
	CHECK(s->count == 2 && s->ring_bytes <= RING_BYTES_MAX);
	tell(town.alice, huge);
	ws_take_incoming(h);
	CHECK(s->count == 1 && ring_oldest(s) == s->seq - 1);
	finish();
}

static void together(void)
{
	AUTO(free) char *big = long_text(100 * KB);
	struct ws_session *s[40];
	CHECK(begin("MM_DELIVERYSETTINGS_WEBSOCKETRINGSMB=1"));
	for (int i = 0; i < 40; i++)
		s[i] = away(i % 2 ? town.alice : town.bob);
	uint64_t before = h->rings_bytes;
	tell(town.alice, big);
	tell(town.bob, big);
	ws_take_incoming(h);
	CHECK(before == 0 && h->rings_bytes < 220 * KB && s[0]->count == 1 && s[1]->count == 1 && !h->trims);
	/* Each of these is for one session only. */
	for (int i = 0; i < 40; i++) {
		struct frame *f = frame_new(big, 100 * KB, "", 0);
		session_add(h, s[i], f);
		frame_unref(f);
		rings_within_cap(h);
		CHECK(h->rings_bytes <= 1 * MB);
	}
	CHECK(h->trims > 0 && s[0]->count == 0 && !s[0]->ring && s[39]->count == 1);
	for (int i = 0; i < 40; i++)
		session_free(h, s[i]);
	CHECK(h->rings_bytes == 0 && !h->oldest && !h->youngest);
	finish();
}

static void ages(void)
{
	CHECK(begin(NULL));
	struct ws_session *s = away(town.alice);
	for (int i = 0; i < 100; i++)
		tell(town.alice, "x");
	ws_take_incoming(h);
	rings_age(h, clock_mono_ms());
	CHECK(s->count == 100 && h->rings_bytes > 0);
	rings_age(h, clock_mono_ms() + RING_KEEP_MS + 1000);
	CHECK(s->count == 0 && ring_oldest(s) == 100 && h->rings_bytes == 0);
	finish();
}

static void overflow(void)
{
	AUTO(free) char *big = long_text(1 * MB);
	CHECK(begin(NULL));
	struct ws_session *s = away(town.alice);
	for (int i = 0; i < 40; i++)
		tell(town.alice, big);
	hub_emit(town.hub, &(struct hub_event){ .kind = EVENT_TYPING, .channel_id = town.square_id, .actor_id = town.bob->user.id, .text = "" });
	CHECK(h->dropped == 1 && !h->overflows && h->in_bytes < 64 * MB);
	for (int i = 0; i < 30; i++)
		tell(town.alice, big);
	CHECK(h->overflows == 1 && h->in_bytes < 64 * MB);
	ws_take_incoming(h);
	CHECK(s->gone_at_ms == 1 && !h->in && !h->in_bytes);
	/* Who is where may have changed unheard. */
	CHECK(!s->user->loaded && !index_in_channel(s->user, town.square_id));
	finish();
}

static void too_big(void)
{
	AUTO(free) char *big = long_text(FRAME_MAX + 1);
	CHECK(begin(NULL));
	struct ws_session *alice = away(town.alice), *bob = away(town.bob);
	tell(town.alice, big);
	ws_take_incoming(h);
	CHECK(h->too_big == 1 && alice->gone_at_ms == 1 && alice->count == 0 && bob->gone_at_ms != 1);
	/* What is only too big once it is quoted inside another text is not sent by halves. */
	struct post post = { .id = "p", .message = big, .props = "{}", .root_id = "", .type = "", .file_ids = "[]", .user_id = "", .channel_id = "", .origin = "" };
	hub_emit(town.hub, &(struct hub_event){ .kind = EVENT_EPHEMERAL, .user_id = town.bob->user.id, .post = &post });
	ws_take_incoming(h);
	CHECK(h->too_big == 2 && bob->gone_at_ms == 1);
	finish();
}

/* A restart: the rings are as they were, and what was shared still is. */
static void file(void)
{
	char path[100], id[3][ID_SIZE];
	CHECK(begin(NULL));
	struct ws_session *s[3] = { away(town.alice), away(town.alice), away(town.bob) };
	for (int i = 0; i < 20; i++) {
		tell(town.alice, "{\"a\":\"\\\"\xc3\xa4\"}");
		tell(town.bob, "b");
	}
	ws_take_incoming(h);
	struct frame *post = ring_frame(s[1], 7);
	post->named = mem_new(2 * sizeof *post->named);
	post->named_count = 2;
	post->named[0] = (struct named){ .user_id = "aaaaaaaaaaaaaaaaaaaaaaaaaa", .mentioned = true, .deaf = true };
	post->named[1] = (struct named){ .user_id = "bbbbbbbbbbbbbbbbbbbbbbbbbb", .follows = true };
	post->names_all = true;
	h->rings_bytes += 2 * sizeof *post->named;
	uint64_t bytes = h->rings_bytes;
	for (int i = 0; i < 3; i++)
		text_copy(id[i], ID_SIZE, s[i]->connection_id);
	AUTO_STR before = STR_MAX(4 * KB);
	AUTO_STR after = STR_MAX(4 * KB);
	frame_write(&before, ring_frame(s[1], 7), NULL, 7);
	snprintf(path, sizeof path, "%s/rings", town.folder);
	CHECK(!ws_hub_save(h, path));
	for (int i = 0; i < 3; i++)
		session_free(h, s[i]);
	CHECK(h->rings_bytes == 0 && !ws_hub_load(h, path) && h->rings_bytes == bytes && access(path, F_OK));
	for (int i = 0; i < 3; i++) {
		s[i] = map_get(h->sessions, id[i]);
		CHECK(s[i] && index_in_channel(s[i]->user, town.square_id) && index_in_team(s[i]->user, town.team_id));
		CHECK(s[i]->count == 20 && s[i]->seq == 20 && s[i]->sent == 20 && ring_oldest(s[i]) == 0);
	}
	frame_write(&after, ring_frame(s[1], 7), NULL, 7);
	post = ring_frame(s[1], 7);
	CHECK(post->names_all && post->named_count == 2 && post->named[0].mentioned && post->named[0].deaf && !post->named[0].follows);
	CHECK(text_is(post->named[1].user_id, "bbbbbbbbbbbbbbbbbbbbbbbbbb") && post->named[1].follows && !post->named[1].mentioned);
	CHECK(before.len == after.len && memcmp(before.p, after.p, after.len) == 0);
	finish();
}

/* What is too long for a line is missing, with all before it: whoever expects it begins anew. */
static void holes_in_file(void)
{
	char path[100], id[ID_SIZE];
	AUTO(free) char *huge = long_text(9 * MB);
	CHECK(begin(NULL));
	struct ws_session *s = away(town.alice);
	text_copy(id, sizeof id, s->connection_id);
	for (int i = 0; i < 6; i++) {
		const char *text = i ? "small" : huge;
		struct frame *f = frame_new(text, strlen(text), "", 0);
		session_add(h, s, f);
		frame_unref(f);
		s->ring_bytes = 0;              /* so that it keeps more than it may */
	}
	snprintf(path, sizeof path, "%s/rings", town.folder);
	CHECK(s->count == 6 && s->seq == 6 && !ws_hub_save(h, path));
	session_free(h, s);
	CHECK(!ws_hub_load(h, path));
	s = map_get(h->sessions, id);
	CHECK(s && s->seq == 6 && s->count == 5 && ring_oldest(s) == 1);
	finish();
}

enum { CROWD = 1203, ROOMS = 3 };

static const char *made_id(char id[ID_SIZE], char kind, int n)
{
	snprintf(id, ID_SIZE, "%c%025d", kind, n);
	return id;
}

static void add_room(struct unit *u, int n)
{
	char id[ID_SIZE];
	made_id(id, 'c', n);
	unit_add(u, ST_channel_add, ARGS(value_text(id), value_int(1), value_text(town.team_id), value_text("O"), value_text(""), value_text(id), value_text(""),
		value_text(""), value_text(""), value_text("{}"), value_text("here")));
}

static void add_member(struct unit *u, int room, int who)
{
	char room_id[ID_SIZE], user_id[ID_SIZE];
	unit_add(u, ST_channel_member_add, ARGS(value_text(made_id(room_id, 'c', room)), value_text("here"), value_text(made_id(user_id, 'u', who)), value_text(""),
		value_text("{}"), value_int(0), value_int(1), value_int(0)));
}

/* Person n is in rooms n % ROOMS and 0. */
static bool crowd(void)
{
	int e = 0;
	for (int from = 0; !e && from < CROWD; from += 100) {
		AUTO(unit_unref) struct unit *u = unit_new(town.hub->store, UNIT_BULK);
		for (int i = 0; !from && i < ROOMS; i++)
			add_room(u, i);
		for (int i = from; i < from + 100 && i < CROWD; i++) {
			add_member(u, 0, i);
			if (i % ROOMS)
				add_member(u, i % ROOMS, i);
		}
		e = unit_commit(u, 0, NULL);
	}
	return !e;
}

/* More than one part of people, all of whom come back. */
static void file_of_many(void)
{
	char path[100], id[ID_SIZE], room[ID_SIZE];
	bool fresh;
	struct rows none = { 0 };
	CHECK(begin(NULL) && crowd());
	for (int i = 0; i < CROWD; i++) {
		struct ws_user *u = index_user(h, made_id(id, 'u', i), &fresh);
		index_loaded(h, u, &none);
		session_new(h, u, NULL, "hash");
	}
	snprintf(path, sizeof path, "%s/rings", town.folder);
	CHECK(!ws_hub_save(h, path));
	sessions_free(h);
	CHECK(map_count(h->users) == 0 && !ws_hub_load(h, path) && map_count(h->sessions) == CROWD);
	for (int i = 0; i < CROWD; i++) {
		const struct ws_user *u = map_get(h->users, made_id(id, 'u', i));
		CHECK(u && u->loaded && u->channel_count == (i % ROOMS ? 2 : 1) && index_in_channel(u, made_id(room, 'c', 0)));
		CHECK(index_in_channel(u, made_id(room, 'c', i % ROOMS)) && index_in_team(u, town.team_id));
	}
	const struct ws_channel *all = map_get(h->channels, made_id(room, 'c', 0));
	CHECK(map_count(h->channels) == ROOMS && all && all->count == CROWD);
	finish();
}

static void broken_file(void)
{
#define WHO "aaaaaaaaaaaaaaaaaaaaaaaaaa"
	static const char *const lines[] = {
		"{", "{\"users\":[1,null,\"x\",\"" WHO "\",\"" WHO "\"]}", "{\"users\":{}}", "", "null", "[]", "{\"users\":[\"" WHO "\"]}",
		"=", "= 1", "= 1 0 1 1 0", "= 1 0 1 1 0 abc", "= 1 0 1 1 0 a", "= 1 0 99999999999 1 0 ab", "= 1 0 1 1 1 " WHO "ab", "= 1 0 1 1 99999999 ab", "= 2 0 1 1 0 ab",
		"= 1 0 1 1 1 " WHO "7 ab", "= 1 0 1 1 0 ab", "= 3 0 1 1 0 ab", "= 2 1 0 1 0 a",
		WHO " " WHO " hash 1 1-1000000000", WHO " " WHO " hash 1 2-1", WHO " " WHO " hash 1 0 1", WHO " " WHO " hash 1 1 x", WHO " " WHO " hash -5 1",
		WHO " " WHO " hash 0 1", WHO " " WHO " hash 1", WHO " " WHO, WHO, "x " WHO " hash 1 ", WHO " bbbbbbbbbbbbbbbbbbbbbbbbbb hash 1 ",
	};
	static const char good[] = WHO " " WHO " hash 3 1-2  1";
	char path[100];
	CHECK(begin(NULL));
	snprintf(path, sizeof path, "%s/rings", town.folder);
	for (int n = 0; n < 2; n++) {
		FILE *f = fopen(path, "we");
		CHECK(f);
		for (size_t i = 0; i < COUNT(lines); i++)
			fprintf(f, "%s\n", lines[i]);
		fprintf(f, "%s\n", n ? good : "");
		fclose(f);
		CHECK(!ws_hub_load(h, path));
		CHECK(map_count(h->sessions) == (size_t)n && map_count(h->users) == (size_t)n);
	}
	finish();
}

static const struct test tests[] = {
	{ "a ring holds 512 frames, 256 KB, or one that is bigger", ring },
	{ "all rings together are bounded; what is shared counts once", together },
	{ "a ring forgets what nobody can come back for", ages },
	{ "too many events that wait: typing goes, then everybody begins anew", overflow },
	{ "an event that is too big makes those begin anew whom it was for", too_big },
	{ "rings outlive a planned restart, shared as before", file },
	{ "what is too long for the file of rings is missing there, and all before it", holes_in_file },
	{ "after a restart everybody is where he was, however many they are", file_of_many },
	{ "a file of rings that is broken does no harm", broken_file },
};

int main(int argc, char **argv)
{
	return check_all(tests, COUNT(tests), argc, argv);
}
