/* command_private - shared by command.c, command_custom.c, command_answer.c, command_builtin.c and command_admin.c. */
#pragma once
#include <stdatomic.h>

#include "base/err.h"
#include "hub/command.h"
#include "hub/hub.h"
#include "store/integration.h"

/* What a URL or a bot answered, from another thread. */
struct command_pending {
	struct command_call *call;
	struct command custom;             /* id NULL: a bot's */
	char trigger_id[256];
	int error, status;
	char *content_type, *body;         /* malloc'd; NULL: none */
	size_t body_len;
	bool in_channel;                   /* a bot's */
	char reason[160];
};

/* One built-in command. run() answers with one of the command_say functions, or leaves the answer empty. */
struct builtin {
	const char *trigger;
	int (*run)(struct command_call *c, struct command_answer *ret, struct why *why);
	bool admin;
	const char *hint, *description;
};
extern const struct builtin command_builtins[];           /* the last has no trigger */

/* command_builtin.c and command_admin.c */
int command_irc(struct command_call *c, struct command_answer *ret, struct why *why);
int command_bot(struct command_call *c, struct command_answer *ret, struct why *why);
int command_deliveries(struct command_call *c, struct command_answer *ret, struct why *why);

/* command_custom.c */
int command_custom_start(struct command_call *c, const struct command *custom, struct why *why);

/* command_answer.c */
/* Where an answer goes and whose it is. */
struct command_target {
	struct hub *hub;
	struct arena *a;
	const struct person *who;
	const char *channel_id, *root_id;
	const struct command *custom;      /* NULL: built in or a bot's */
};
/* Says what JSON or plain text has to say; ret may be NULL. */
int command_take_answer(const struct command_target *t, const char *content_type, struct span body, struct command_answer *ret, struct why *why);
/* An ephemeral text to the caller, and as the answer's text. */
int command_say(struct command_call *c, struct command_answer *ret, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* A post in the caller's name; type "" or "me". */
int command_post(struct command_call *c, const char *channel_id, const char *text, const char *type, struct command_answer *ret, struct why *why);
/* The next word of the arguments, in the arena; "" at the end. */
const char *command_word(struct command_call *c, const char **rest);
