/* bot_script - loading a bot.lua and keeping what it registers; see bot_private.h. */
#include <lauxlib.h>
#include <string.h>

#include "base/mem.h"
#include "bridges/edge/edge_client.h"
#include "scripts/bot_private.h"
#include "scripts/calls.h"
#include "scripts/sandbox.h"

/* The lines of our own calls to serve carry numbers of this count. */
static long long last_no;

long long bot_next_no(void)
{
	return ++last_no;
}

static int open_script(lua_State *L)
{
	struct script *s = lua_touserdata(L, 1);
	calls_open(L, s->bot->user_id, s->bot->username, s->bot->settings);
	sandbox_folder(L, s->bot->folder);
	return 0;
}

struct loading {
	char *error;
};

static int do_nothing(lua_State *L)
{
	(void)L;
	return 0;
}

static int push_main_file(lua_State *L, void *p)
{
	struct loading *loading = p;
	if (sandbox_load_file(L, "bot") == 1)
		return 1;
	loading->error = mem_strdup(lua_tostring(L, -1));
	lua_pushcfunction(L, do_nothing);
	return 1;
}

struct script *script_new(struct bot *b, struct task **ret_task, char **ret_error)
{
	struct script *s = mem_new(sizeof *s);
	struct loading loading = { NULL };
	struct task *task = NULL;
	s->bot = b;
	s->handlers_end = &s->handlers;
	s->host = host_new(&b->limits, s);
	if (s->host && host_protect(s->host, open_script, s) == 0)
		task = host_task(s->host, push_main_file, &loading);
	if (!task || loading.error) {
		*ret_error = loading.error ? loading.error : mem_strdup("Its memory limit does not hold the bot.");
		return script_free(s);
	}
	s->loading = true;
	*ret_task = task;
	return s;
}

static struct handler *handler_free(struct handler *h)
{
	free(h->word);
	free(h->description);
	free(h->hint);
	free(h);
	return NULL;
}

struct script *script_free(struct script *s)
{
	if (!s)
		return NULL;
	host_free(s->host);
	for (struct handler *h = s->handlers, *next; h; h = next) {
		next = h->next;
		handler_free(h);
	}
	free(s);
	return NULL;
}

bool script_add(struct script *s, const struct handler *given)
{
	if (s->handler_count >= BOT_HANDLERS_MAX)
		return false;
	struct handler *h = mem_new(sizeof *h);
	*h = *given;
	h->next = NULL;
	h->word = mem_strndup(given->word, given->word_len);
	h->description = mem_strdup(given->description);
	h->hint = mem_strdup(given->hint);
	*s->handlers_end = h;
	s->handlers_end = &h->next;
	s->handler_count++;
	return true;
}

/* Also when there are none: the script before may have had some. */
void script_announce(const struct script *s)
{
	struct json_writer *w = edge_begin(s->bot->edge, "call");
	put_int(w, "no", bot_next_no());
	put_text(w, "party", s->bot->party);
	put_text(w, "name", "set_commands");
	put_object(w, "args");
	put_array(w, "commands");
	for (const struct handler *h = s->handlers; h; h = h->next) {
		if (h->kind != HANDLER_COMMAND)
			continue;
		put_object(w, NULL);
		put_text(w, "trigger", h->word);
		put_text(w, "description", h->description);
		put_text(w, "hint", h->hint);
		put_end(w);
	}
	put_end(w);
	put_end(w);
	edge_send(s->bot->edge);
}
