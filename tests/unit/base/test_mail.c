/* test_mail - a message holds what it was given, and nobody adds a header. */
#include "base/mail.h"

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "tests/unit/api/check.h"

static void addresses(void)
{
	static const char *const good[] = { "a@b", "a.b+c@example.com", "ünï@example.com" };
	static const char *const bad[] = { "", "a", "@b", "a@", "a@b\r\nRCPT TO:<c@d>", "a@b c", "a@b>", "<a@b", "a@b@c", "-x@y", "a@b,c", "a\x7f@b", "a@b\n" };
	for (size_t i = 0; i < COUNT(good); i++)
		CHECK_ROW(mail_address_valid(good[i]), good[i]);
	for (size_t i = 0; i < COUNT(bad); i++)
		CHECK_ROW(!mail_address_valid(bad[i]), bad[i]);
}

static void injection(void)
{
	AUTO_STR out = STR_MAX(64 * KB);
	struct mail m = { .from_name = "Hub", .from = "h@b", .to = "a@b", .subject = "x\r\nBcc: c@d", .text = "t" };
	CHECK(mail_build(&out, &m, 0) == -ERR_SYNTAX && !out.len);
	m.subject = "x";
	m.from_name = "y\nBcc: c@d";
	CHECK(mail_build(&out, &m, 0) == -ERR_SYNTAX && !out.len);
}

static void message(void)
{
	AUTO_STR out = STR_MAX(64 * KB);
	struct mail m = { .from_name = "Hub", .from = "h@b", .to = "a@b", .subject = "Größe über alles, und noch ein langer Betreff dazu, ja",
	                  .text = "Hello\nworld, this is a line that is longer than fifty-seven bytes for sure." };
	CHECK(!mail_build(&out, &m, 0));
	CHECK(strstr(out.p, "\r\nTo: <a@b>\r\nSubject: =?UTF-8?B?") && strstr(out.p, "Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n"));
	for (const char *line = out.p; *line; line += strcspn(line, "\n") + 1)
		CHECK_ROW(strcspn(line, "\n") <= 120, line);
}

static const struct test tests[] = {
	{ "an address is one address", addresses },
	{ "a header holds no second one", injection },
	{ "a message is plain lines", message },
};

int main(int argc, char **argv)
{
	return check_all(tests, COUNT(tests), argc, argv);
}
