/* main - joins the parts: the subcommands, and the life of serve from the first line to the last. */
#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/api.h"
#include "api/metrics.h"
#include "api/ws.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "hub/agenda.h"
#include "hub/access.h"
#include "hub/check.h"
#include "hub/delivery.h"
#include "hub/file.h"
#include "hub/guest.h"
#include "hub/hub.h"
#include "hub/janitor.h"
#include "hub/purge.h"
#include "hub/people.h"
#include "hub/presence.h"
#include "hub/settings.h"

enum { GRACE_MS = 10000, PATH_SIZE = 4200 };

struct options {
	const char *data, *listen, *config, *webapp;
	bool admin, repair;
	const char *email, *username, *password;
};

static int complain(const char *what, int e, const struct why *why)
{
	fprintf(stderr, "hubbub: %s: %s%s%s\n", what, *why->text ? why->text : err_name(e), *why->detail ? " - " : "", why->detail);
	return 1;
}

/* ---- options and settings ---- */

/* A word that would be passed over is a mistake of whoever typed it. */
static int no_more(int argc, char **argv, int first)
{
	if (first >= argc)
		return 0;
	fprintf(stderr, "hubbub: \"%s\" means nothing here\n", argv[first]);
	return -ERR_SYNTAX;
}

static int read_options(int argc, char **argv, struct options *o)
{
	static const struct option table[] = {
		{ "data", required_argument, NULL, 'd' }, { "listen", required_argument, NULL, 'l' }, { "webapp", required_argument, NULL, 'w' }, { "config", required_argument, NULL, 'c' },
		{ "admin", no_argument, NULL, 'a' }, { "repair", no_argument, NULL, 'r' }, { "email", required_argument, NULL, 'e' },
		{ "username", required_argument, NULL, 'u' }, { "password", required_argument, NULL, 'p' }, { NULL, 0, NULL, 0 },
	};
	o->data = "./data";
	for (int ch; (ch = getopt_long(argc, argv, "", table, NULL)) != -1;) {
		switch (ch) {
		case 'd': o->data = optarg; break;
		case 'l': o->listen = optarg; break;
		case 'w': o->webapp = optarg; break;
		case 'c': o->config = optarg; break;
		case 'a': o->admin = true; break;
		case 'r': o->repair = true; break;
		case 'e': o->email = optarg; break;
		case 'u': o->username = optarg; break;
		case 'p': o->password = optarg; break;
		default: return -ERR_SYNTAX;
		}
	}
	return no_more(argc, argv, optind);
}

static int load_settings(const struct options *o, struct conf **ret, bool report)
{
	struct why why = { 0 };
	AUTO_STR unknown = STR_MAX(1 * MB);
	char path[PATH_SIZE];
	snprintf(path, sizeof path, "%s/config.json", o->data);
	int e = conf_load(o->config ? o->config : path, !o->config, environ, ret, &unknown, &why);
	if (e)
		return complain("settings", e, &why);
	if (o->listen)
		e = conf_override(*ret, CONF_ServiceSettings_ListenAddress, o->listen, &why);
	if (!e && o->webapp)
		e = conf_override(*ret, CONF_ServiceSettings_WebAppDirectory, o->webapp, &why);
	if (e) {
		conf_free(*ret);
		return complain("settings", e, &why);
	}
	if (report && unknown.len)
		fprintf(stderr, "hubbub: these settings are not known here and change nothing:\n%s", unknown.p);
	return 0;
}

static int open_log(const struct conf *c)
{
	const char *file = conf_bool(c, CONF_LogSettings_EnableFile) ? conf_text(c, CONF_LogSettings_FileLocation) : "";
	enum log_level level = log_level_of(conf_text(c, CONF_LogSettings_ConsoleLevel));
	if (!*file && !conf_bool(c, CONF_LogSettings_EnableConsole))
		file = "/dev/null";
	if (log_open(*file ? file : NULL, conf_bool(c, CONF_LogSettings_ConsoleJson), level) == 0)
		return 0;
	fprintf(stderr, "hubbub: the log file %s cannot be opened: %s\n", file, strerror(errno));
	return 1;
}

static int make_folder(const char *path)
{
	if (mkdir(path, 0750) == 0 || errno == EEXIST)
		return 0;
	fprintf(stderr, "hubbub: the data folder %s cannot be made: %s\n", path, strerror(errno));
	return 1;
}

/* ---- serve ---- */

struct serving {
	struct conf *conf;
	struct hub *hub;
	struct api *api;
	struct server *server;
	struct metrics *metrics;
	char rings[PATH_SIZE];
	int port;
	_Atomic bool again;                /* a restart was asked for */
};

/* The log file by its name, and the settings, are read anew; where those are wrong the old ones stay. */
static void hang_up(struct serving *s)
{
	struct why why = { 0 };
	log_reopen();
	if (settings_reload(s->hub, &why))
		log_error("the settings are wrong, the old ones stay", LOG_TEXT("why", why.text));
}

/* Signals are taken by a thread of their own, in calm. */
static void *signals(void *p)
{
	struct serving *s = p;
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
#ifdef HUBBUB_DEV
	sigaddset(&set, SIGUSR2);
#endif
	for (int got; sigwait(&set, &got) == 0;) {
		if (got == SIGHUP)
			hang_up(s);
		else if (got == SIGUSR1)
			return NULL;
#ifdef HUBBUB_DEV
		else if (got == SIGUSR2)
			clock_shift_as_told();
#endif
		else {
			s->again = false;               /* who wants it to end means it */
			server_stop(s->server, GRACE_MS);
		}
	}
	return NULL;
}

static void restart(void *p)
{
	struct serving *s = p;
	s->again = true;
	server_stop(s->server, GRACE_MS);
}

/* The same process, from the beginning: by the name it was started with, so that another program in its place is the one that runs. */
static int begin_again(char **argv)
{
	sigset_t none;
	sigemptyset(&none);
	pthread_sigmask(SIG_SETMASK, &none, NULL);
	execvp(argv[0], argv);
	fprintf(stderr, "hubbub: %s cannot be started again: %s\n", argv[0], strerror(errno));
	return 1;
}

static void block_signals(void)
{
	sigset_t set;
	sigfillset(&set);
	static const int kept[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS };
	for (size_t i = 0; i < COUNT(kept); i++)
		sigdelset(&set, kept[i]);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static void raise_limits(void)
{
	struct rlimit files;
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
}

enum { PURGE_TURN_MS = 500 };          /* of each second, while something is deleted for good */

/* About once a second, beside the loop: presence, and what is old goes. */
struct housekeeping {
	struct hub *hub;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop;
};

static void *keep_house(void *p)
{
	struct housekeeping *k = p;
	pthread_mutex_lock(&k->lock);
	for (int n = 1; !k->stop; n++) {
		struct timespec until;
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec++;
		pthread_cond_timedwait(&k->wake, &k->lock, &until);
		pthread_mutex_unlock(&k->lock);
		presence_tick(k->hub);
		guests_tick(k->hub);
		access_tick(k->hub);
		delivery_tick(k->hub);
		agenda_tick(k->hub);
		purge_work(k->hub, PURGE_TURN_MS);
		if (n % 60 == 0)
			janitor_often(k->hub, clock_now_ms());
		if (n % 3600 == 0)
			janitor_seldom(k->hub, clock_now_ms());
		if (n % 3600 == 1)
			files_sweep(k->hub);
		pthread_mutex_lock(&k->lock);
	}
	pthread_mutex_unlock(&k->lock);
	return NULL;
}

static void stop_house(struct housekeeping *k, pthread_t thread)
{
	pthread_mutex_lock(&k->lock);
	k->stop = true;
	pthread_cond_signal(&k->wake);
	pthread_mutex_unlock(&k->lock);
	pthread_join(thread, NULL);
}

static int open_server(struct serving *s, struct why *why)
{
	const struct conf *c = s->conf;
	struct server_limits limits = {
		.uri_max = (size_t)conf_int(c, CONF_ServiceSettings_MaximumURLLength), .trusted_proxies = conf_text(c, CONF_ServiceSettings_TrustedProxies),
	};
	const char *listen = conf_text(c, CONF_ServiceSettings_ListenAddress);
	int e = server_new(listen, &limits, api_app(s->api), &s->server, &s->port, why);
	if (e)
		return e;
	api_bind(s->api, s->server);
	api_on_restart(s->api, restart, s);
	snprintf(s->hub->listen_url, sizeof s->hub->listen_url, "http://%.*s:%d", (int)(strrchr(listen, ':') - listen), listen, s->port);
	return 0;
}

static int open_all(struct serving *s, const struct options *o, struct why *why)
{
	int e = hub_open(s->conf, o->data, &s->hub, why);
	if (e)
		return e;
	e = api_new(s->hub, &s->api, why);
	if (!e)
		e = open_server(s, why);
	if (!e)
		e = ws_hub_load(api_ws(s->api), s->rings);
	if (!e && conf_bool(s->conf, CONF_MetricsSettings_Enable))
		e = metrics_start(s->api, conf_text(s->conf, CONF_MetricsSettings_ListenAddress), &s->metrics, why);
	return e ? e : hub_start(s->hub, why);
}

/* The order matters: requests end first, then the deliveries and the database, then what they told is read, and then the rings hold all there was. */
static void close_all(struct serving *s, bool ran)
{
	s->metrics = metrics_stop(s->metrics);
	if (s->hub && s->hub->store)
		hub_stop(s->hub);
	if (s->server)
		server_settle(s->server);
	if (ran && ws_hub_save(api_ws(s->api), s->rings))
		log_error("the WebSocket sessions were not saved", LOG_TEXT("path", s->rings));
	s->api = api_free(s->api);
	s->server = server_free(s->server);
	s->hub = hub_close(s->hub);
	s->conf = conf_free(s->conf);
}

static int serve(int argc, char **argv)
{
	int64_t began = clock_mono_us();
	struct options o = { 0 };
	struct serving s = { 0 };
	struct why why = { 0 };
	pthread_t signal_thread, house_thread;
	if (read_options(argc, argv, &o) || load_settings(&o, &s.conf, true))
		return 2;
	if (make_folder(o.data) || open_log(s.conf)) {
		conf_free(s.conf);
		return 2;
	}
	mem_set_up();
	raise_limits();
	setenv("HUBBUB_STATE_DIR", o.data, 1);          /* where edges keep what must outlive them */
	block_signals();
	snprintf(s.rings, sizeof s.rings, "%s/sessions.jsonl", o.data);
	int e = open_all(&s, &o, &why);
	if (e) {
		complain("start", e, &why);
		close_all(&s, false);
		return 1;
	}
	struct housekeeping house = { .hub = s.hub, .lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER };
	pthread_create(&signal_thread, NULL, signals, &s);
	pthread_create(&house_thread, NULL, keep_house, &house);
	const char *listen = conf_text(s.conf, CONF_ServiceSettings_ListenAddress);
	printf("hubbub is ready on http://%.*s:%d after %lld ms\n", (int)(strrchr(listen, ':') - listen), listen, s.port,
	       (long long)(clock_mono_us() - began) / 1000);
	fflush(stdout);
	server_run(s.server);
	stop_house(&house, house_thread);
	pthread_kill(signal_thread, SIGUSR1);
	pthread_join(signal_thread, NULL);
	close_all(&s, true);
	log_info("hubbub ended");
	return s.again ? begin_again(argv - 1) : 0;
}

/* ---- the others ---- */

static int config(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	struct options o = { 0 };
	struct conf *c;
	AUTO_STR out = STR_MAX(4 * MB);
	if (text_is(what, "example")) {
		conf_print_example(&out);
		fputs(out.p, stdout);
		return 0;
	}
	if ((!text_is(what, "show") && !text_is(what, "check")) || read_options(argc - 1, argv + 1, &o)) {
		fprintf(stderr, "usage: hubbub config show|check|example [--config FILE] [--data DIR]\n");
		return 2;
	}
	if (load_settings(&o, &c, true))
		return 1;
	if (text_is(what, "show"))
		conf_show(c, &out);
	else
		str_text(&out, "The settings are valid.\n");
	fputs(out.p, stdout);
	conf_free(c);
	return 0;
}

static int with_hub(const struct options *o, int (*run)(struct hub *hub, const struct options *o))
{
	struct conf *c;
	struct hub *hub;
	struct why why = { 0 };
	if (load_settings(o, &c, false) || make_folder(o->data))
		return 1;
	int e = hub_open(c, o->data, &hub, &why);
	if (e) {
		conf_free(c);
		return complain("database", e, &why);
	}
	int code = run(hub, o);
	hub_close(hub);
	conf_free(c);
	return code;
}

static int create_user(struct hub *hub, const struct options *o)
{
	AUTO(arena_free) struct arena *a = arena_new(4 * MB);
	struct signup s = { .username = o->username, .email = o->email, .password = o->password, .by_admin = true, .admin = o->admin };
	struct user u;
	struct why why = { 0 };
	int e = people_create(hub, a, &s, &u, &why);
	if (e)
		return complain("user create", e, &why);
	printf("%s %s (%s)\n", u.id, u.username, u.roles);
	return 0;
}

static int user(int argc, char **argv)
{
	struct options o = { 0 };
	if (argc < 2 || !text_is(argv[1], "create") || read_options(argc - 1, argv + 1, &o) || !o.email || !o.username || !o.password) {
		fprintf(stderr, "usage: hubbub user create [--admin] --email E --username U --password P [--data DIR] [--config FILE]\n");
		return 2;
	}
	return with_hub(&o, create_user);
}

static int run_check(struct hub *hub, const struct options *o)
{
	AUTO_STR out = STR_MAX(64 * MB);
	struct why why = { 0 };
	int wrong, e = check_counters(hub, o->repair, &out, &wrong, &why);
	if (e)
		return complain("check", e, &why);
	fputs(str_cstr(&out), stdout);
	printf("%d counters are wrong%s\n", wrong, wrong && o->repair ? " and were set right" : "");
	return wrong && !o->repair;
}

static int check(int argc, char **argv)
{
	struct options o = { 0 };
	if (read_options(argc, argv, &o)) {
		fprintf(stderr, "usage: hubbub check [--repair] [--data DIR] [--config FILE]\n");
		return 2;
	}
	return with_hub(&o, run_check);
}

static int routes(int argc, char **argv)
{
	if (no_more(argc, argv, 1))
		return 2;
	api_print_routes();
	return 0;
}

/* A bridge or the bots by hand: serve starts them itself. */
static int edge(int argc, char **argv)
{
	char path[PATH_SIZE];
	(void)argc;
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - 16);
	path[n > 0 ? n : 0] = 0;
	strcat(path, "-");
	strcat(path, argv[0]);
	execv(path, argv);
	fprintf(stderr, "hubbub: %s cannot be started: %s\n", path, strerror(errno));
	return 1;
}

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *sentence;
} commands[] = {
	{ "serve", serve, "Runs the server: [--data DIR] [--listen HOST:PORT] [--config FILE] [--webapp DIR]." },
	{ "config", config, "Shows, checks or makes an example of the settings: show|check|example." },
	{ "user", user, "Makes an account: create [--admin] --email E --username U --password P." },
	{ "check", check, "Recounts every counter of the database: [--repair]." },
	{ "routes", routes, "Prints every route of the API." },
	{ "irc", edge, "The IRC links, as serve starts them." },
	{ "bots", edge, "The Lua bots, as serve starts them." },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < COUNT(commands); i++)
		if (text_is(commands[i].name, argv[1]))
			return commands[i].run(argc - 1, argv + 1);
	fprintf(stderr, "usage: hubbub COMMAND …\n");
	for (size_t i = 0; i < COUNT(commands); i++)
		fprintf(stderr, "  %-8s %s\n", commands[i].name, commands[i].sentence);
	return 2;
}
