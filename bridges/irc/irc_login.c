/* irc_login - from a connection to a welcome: capabilities, SASL, the nick. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/id.h"
#include "bridges/edge/edge_client.h"
#include "bridges/irc/irc_link_private.h"
#include "bridges/irc/irc_times.h"

enum { SASL_CHUNK = 400 };

static const char *const cap_names[CAP_COUNT] = {
	[CAP_MESSAGE_TAGS] = "message-tags",
	[CAP_SERVER_TIME] = "server-time",
	[CAP_BATCH] = "batch",
	[CAP_ECHO] = "echo-message",
	[CAP_LABELS] = "labeled-response",
	[CAP_ACCOUNT_TAG] = "account-tag",
	[CAP_EXTENDED_JOIN] = "extended-join",
	[CAP_AWAY] = "away-notify",
	[CAP_MULTI_PREFIX] = "multi-prefix",
	[CAP_REDACTION] = "draft/message-redaction",
	[CAP_NOTIFY] = "cap-notify",
	[CAP_SASL] = "sasl",
};

void irc_login_reset(struct irc_link *l)
{
	memset(l->caps, 0, sizeof l->caps);
	str_clear(&l->caps_offered);
	l->caps_pending = 0;
	l->caps_single = l->caps_done = l->welcomed = false;
	l->sasl_mechanisms[0] = 0;
	l->nick_tries = 0;
	l->reclaim_at_ms = 0;
	l->prefix_len = 0;
	irc_isupport_reset(&l->isupport);
}

void irc_login_start(struct irc_link *l)
{
	const struct irc_config *c = l->config;
	irc_login_reset(l);
	text_copy(l->nick, sizeof l->nick, l->wanted_nick);
	char user[24];
	irc_nick_clean(user, sizeof user, *c->user ? c->user : "hubbub", 10);
	link_goto(l, STEP_CAPS);
	LINK_SAY(l, "CAP", "LS", "302");
	if (*c->password)
		LINK_SAY(l, "PASS", c->password);
	LINK_SAY(l, "NICK", l->nick);
	LINK_SAY(l, "USER", user, "0", "*", *c->real_name ? c->real_name : "Hubbub");
}

/* ---- Capabilities ---- */

static int cap_of(const char *name, size_t len)
{
	for (int i = 0; i < CAP_COUNT; i++)
		if (strlen(cap_names[i]) == len && memcmp(cap_names[i], name, len) == 0)
			return i;
	return -1;
}

static bool wants_sasl(const struct irc_link *l)
{
	return *l->config->sasl_user;
}

static bool wants(const struct irc_link *l, int cap)
{
	return cap >= 0 && !l->caps[cap] && (cap != CAP_SASL || wants_sasl(l));
}

static void note_mechanisms(struct irc_link *l, const char *name, size_t len)
{
	const char *value = memchr(name, '=', len);
	if (!value || len >= sizeof l->sasl_mechanisms)
		return;
	snprintf(l->sasl_mechanisms, sizeof l->sasl_mechanisms, "%.*s", (int)(len - (size_t)(value + 1 - name)), value + 1);
}

static void request(struct irc_link *l, const char *names)
{
	l->caps_pending++;
	LINK_SAY(l, "CAP", "REQ", names);
}

/* Asks for what of a list we can use; all at once, or after a refusal one by one. */
static void request_wanted(struct irc_link *l, const char *offered, bool single)
{
	AUTO_STR names = STR_MAX(1024);
	for (const char *p = offered; *p; p += strspn(p, " ")) {
		size_t word = strcspn(p, " "), name = strcspn(p, " =");
		int cap = cap_of(p, name);
		if (cap == CAP_SASL)
			note_mechanisms(l, p, word);
		if (wants(l, cap) && single)
			request(l, cap_names[cap]);
		else if (wants(l, cap))
			str_printf(&names, "%s%s", names.len ? " " : "", cap_names[cap]);
		p += word;
	}
	if (names.len)
		request(l, str_cstr(&names));
}

static void login_failed(struct irc_link *l, const char *what, const char *detail)
{
	char text[256];
	snprintf(text, sizeof text, "%s%s%.150s", what, *detail ? ": " : "", detail);
	link_end(l, END_LOGIN, text);
}

static void end_caps(struct irc_link *l)
{
	l->caps_done = true;
	LINK_SAY(l, "CAP", "END");
	link_goto(l, STEP_GREETING);
}

/* After the last answer: SASL if it is wanted, else on to the welcome. */
static void caps_settled(struct irc_link *l)
{
	if (l->caps_done || l->step != STEP_CAPS || l->caps_pending)
		return;
	if (!wants_sasl(l)) {
		end_caps(l);
		return;
	}
	bool plain = !*l->sasl_mechanisms || strcasestr(l->sasl_mechanisms, "PLAIN");
	if (!l->caps[CAP_SASL] || !plain) {
		login_failed(l, "The server does not offer SASL PLAIN", "");
		return;
	}
	link_goto(l, STEP_SASL);
	LINK_SAY(l, "AUTHENTICATE", "PLAIN");
}

static void set_caps(struct irc_link *l, const char *names, bool on)
{
	for (const char *p = names; *p; p += strspn(p, " ")) {
		size_t word = strcspn(p, " ");
		bool off = *p == '-';
		int cap = cap_of(p + off, strcspn(p + off, " ="));
		if (cap >= 0)
			l->caps[cap] = on && !off;
		p += word;
	}
}

static void on_cap(struct irc_link *l, const struct irc_message *m)
{
	const char *verb = irc_param(m, 1), *list = irc_param(m, m->param_count ? m->param_count - 1 : 0);
	if (strcasecmp(verb, "LS") == 0) {
		str_printf(&l->caps_offered, " %s", list);
		if (text_is(irc_param(m, 2), "*") && m->param_count > 3)
			return;
		const char *offered = str_cstr(&l->caps_offered);
		request_wanted(l, offered + strspn(offered, " "), false);
	} else if (strcasecmp(verb, "ACK") == 0) {
		l->caps_pending -= l->caps_pending > 0;
		set_caps(l, list, true);
	} else if (strcasecmp(verb, "NAK") == 0) {
		l->caps_pending -= l->caps_pending > 0;
		if (!l->caps_single)
			request_wanted(l, list + strspn(list, " "), true);
		l->caps_single = true;
	} else if (strcasecmp(verb, "NEW") == 0) {
		request_wanted(l, list + strspn(list, " "), false);
	} else if (strcasecmp(verb, "DEL") == 0) {
		set_caps(l, list, false);
	}
	caps_settled(l);
}

/* ---- SASL ---- */

static void on_authenticate(struct irc_link *l, const struct irc_message *m)
{
	if (l->step != STEP_SASL || !text_is(irc_param(m, 0), "+"))
		return;
	const struct irc_config *c = l->config;
	AUTO_STR plain = STR_MAX(4096), coded = STR_MAX(8192);
	str_char(&plain, 0);
	str_text(&plain, c->sasl_user);
	str_char(&plain, 0);
	str_text(&plain, c->sasl_password);
	base64_add(&coded, str_cstr(&plain), plain.len);
	for (size_t at = 0; at < coded.len; at += SASL_CHUNK) {
		char chunk[SASL_CHUNK + 1];
		snprintf(chunk, sizeof chunk, "%s", coded.p + at);
		LINK_SAY(l, "AUTHENTICATE", chunk);
		mem_wipe(chunk, sizeof chunk);
	}
	/* A full last chunk would let the server wait for more. */
	if (coded.len % SASL_CHUNK == 0)
		LINK_SAY(l, "AUTHENTICATE", "+");
	if (plain.p)
		mem_wipe(plain.p, plain.len);
	if (coded.p)
		mem_wipe(coded.p, coded.len);
}

static void on_sasl_good(struct irc_link *l, const struct irc_message *m)
{
	(void)m;
	if (l->step == STEP_SASL)
		end_caps(l);
}

static void on_sasl_bad(struct irc_link *l, const struct irc_message *m)
{
	if (l->step == STEP_SASL)
		login_failed(l, "The server refuses the SASL login", irc_param(m, m->param_count - 1));
}

/* ---- Nick ---- */

/* Another nick after n refusals: a few underscores, then a number. */
static void next_nick(struct irc_link *l)
{
	size_t max = l->isupport.nick_len ? l->isupport.nick_len : l->nick_tries < 3 ? 30 : 9;
	char tail[12];
	if (++l->nick_tries <= 2)
		snprintf(tail, sizeof tail, "%s", l->nick_tries == 1 ? "_" : "__");
	else
		snprintf(tail, sizeof tail, "%u", 10 + random_below(9990));
	size_t keep = strlen(l->wanted_nick), tail_len = strlen(tail);
	if (keep + tail_len > max)
		keep = max > tail_len ? max - tail_len : 1;
	snprintf(l->nick, sizeof l->nick, "%.*s%s", (int)keep, l->wanted_nick, tail);
	LINK_SAY(l, "NICK", l->nick);
}

static void on_nick_refused(struct irc_link *l, const struct irc_message *m)
{
	(void)m;
	if (l->welcomed)
		return;                    /* a try to reclaim; the next comes by its timer */
	if (l->nick_tries > 20)
		login_failed(l, "The server refuses every nick", "");
	else
		next_nick(l);
}

static void reclaim_later(struct irc_link *l)
{
	bool right = link_same(l, l->nick, l->wanted_nick);
	l->reclaim_at_ms = right ? 0 : clock_mono_ms() + irc_times()->reclaim_ms;
}

static void on_nick(struct irc_link *l, const struct irc_message *m)
{
	if (link_is_me(l, m->nick)) {
		text_copy(l->nick, sizeof l->nick, irc_param(m, 0));
		reclaim_later(l);
	} else if (link_same(l, m->nick, l->wanted_nick) && l->reclaim_at_ms) {
		l->reclaim_at_ms = clock_mono_ms();
	}
}

static void on_quit(struct irc_link *l, const struct irc_message *m)
{
	if (l->reclaim_at_ms && link_same(l, m->nick, l->wanted_nick))
		l->reclaim_at_ms = clock_mono_ms();
}

/* A server that cuts nicks says 001 with a shorter one: that is then the wanted one as well. */
static void on_welcome(struct irc_link *l, const struct irc_message *m)
{
	l->welcomed = true;
	const char *given = irc_param(m, 0);
	if (*given && strlen(given) < sizeof l->nick) {
		bool cut = text_is(l->nick, l->wanted_nick) && text_has_prefix(l->wanted_nick, given);
		text_copy(l->nick, sizeof l->nick, given);
		if (cut)
			text_copy(l->wanted_nick, sizeof l->wanted_nick, given);
	}
	link_goto(l, STEP_GREETING);
}

static void on_isupport(struct irc_link *l, const struct irc_message *m)
{
	for (size_t i = 1; i + 1 < m->param_count; i++)
		irc_isupport_add(&l->isupport, m->params[i]);
}

static void on_end_of_motd(struct irc_link *l, const struct irc_message *m)
{
	(void)m;
	if (l->step != STEP_GREETING || !l->welcomed)
		return;
	reclaim_later(l);
	link_online(l);
}

/* ---- Being alive, and being thrown out ---- */

static void on_ping(struct irc_link *l, const struct irc_message *m)
{
	LINK_SAY(l, "PONG", irc_param(m, m->param_count ? m->param_count - 1 : 0));
}

static bool mentions(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (strcasestr(text, *words))
			return true;
	return false;
}

static enum link_end end_of(const char *text)
{
	static const char *const bans[] = { "banned", "k-line", "g-line", "z-line", "d-line", "kline", "gline", "akill", NULL };
	static const char *const throttles[] = { "throttl", "too fast", "too many", "flood", NULL };
	static const char *const logins[] = { "password", "bad client", NULL };
	if (mentions(text, bans))
		return END_BANNED;
	if (mentions(text, throttles))
		return END_THROTTLED;
	return mentions(text, logins) ? END_LOGIN : END_LOST;
}

static void on_error(struct irc_link *l, const struct irc_message *m)
{
	char why[300];
	snprintf(why, sizeof why, "The server says: %.250s", irc_param(m, 0));
	link_end(l, end_of(irc_param(m, 0)), why);
}

static void on_banned(struct irc_link *l, const struct irc_message *m)
{
	char why[300];
	snprintf(why, sizeof why, "The server has banned us: %.220s", irc_param(m, m->param_count - 1));
	link_end(l, END_BANNED, why);
}

static void on_bad_password(struct irc_link *l, const struct irc_message *m)
{
	(void)m;
	login_failed(l, "The server refuses the password", "");
}

int64_t irc_login_due_ms(const struct irc_link *l)
{
	return l->reclaim_at_ms ? l->reclaim_at_ms : INT64_MAX;
}

void irc_login_run(struct irc_link *l, int64_t now)
{
	if (l->step != STEP_ONLINE || now < irc_login_due_ms(l))
		return;
	l->reclaim_at_ms = now + irc_times()->reclaim_ms;
	LINK_SAY(l, "NICK", l->wanted_nick);
	irc_out_charge(l, now, 1);
}

const struct link_row irc_login_rows[] = {
	{ "PING",         on_ping },
	{ "CAP",          on_cap },
	{ "AUTHENTICATE", on_authenticate },
	{ "903",          on_sasl_good },
	{ "907",          on_sasl_good },
	{ "902",          on_sasl_bad },
	{ "904",          on_sasl_bad },
	{ "905",          on_sasl_bad },
	{ "906",          on_sasl_bad },
	{ "432",          on_nick_refused },
	{ "433",          on_nick_refused },
	{ "436",          on_nick_refused },
	{ "437",          on_nick_refused },
	{ "001",          on_welcome },
	{ "005",          on_isupport },
	{ "376",          on_end_of_motd },
	{ "422",          on_end_of_motd },
	{ "NICK",         on_nick },
	{ "QUIT",         on_quit },
	{ "464",          on_bad_password },
	{ "465",          on_banned },
	{ "ERROR",        on_error },
	{ NULL, NULL },
};
