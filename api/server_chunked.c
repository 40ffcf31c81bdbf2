/* server_chunked - see server_chunked.h. */
#include "api/server_chunked.h"

#include "base/err.h"

enum state {
	SIZE_FIRST, SIZE, EXTENSION, SIZE_LF,
	DATA, DATA_CR, DATA_LF,
	TRAILER_FIRST, TRAILER, TRAILER_LF, END_LF, DONE,
};

enum { SIZE_DIGITS_MAX = 15 };              /* so that a size always fits 63 bits */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	char lower = (char)(c | 0x20);
	return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static int size_step(struct chunked *c, char ch)
{
	int digit = hex_digit(ch);
	if (digit >= 0) {
		if (c->spent++ >= SIZE_DIGITS_MAX)
			return -ERR_LIMIT;
		c->left = c->left << 4 | (unsigned)digit;
		c->state = SIZE;
		return 0;
	}
	if (c->state == SIZE_FIRST)
		return -ERR_SYNTAX;
	c->spent = 0;
	c->state = ch == '\r' ? SIZE_LF : EXTENSION;
	return ch == '\r' || ch == ';' ? 0 : -ERR_SYNTAX;
}

/* A line whose content nobody needs: an extension or a trailer. */
static int skip_step(struct chunked *c, char ch, unsigned max, enum state after)
{
	if (c->spent++ >= max)
		return -ERR_LIMIT;
	if (ch == '\r')
		c->state = (uint8_t)after;
	else if (((unsigned char)ch < 0x20 && ch != '\t') || ch == 0x7f)
		return -ERR_SYNTAX;
	return 0;
}

static int expect_step(struct chunked *c, char ch, char want, enum state after)
{
	c->state = (uint8_t)after;
	return ch == want ? 0 : -ERR_SYNTAX;
}

static int size_line_ended(struct chunked *c, char ch, const struct str *out)
{
	c->spent = 0;
	if (c->left > out->max - out->len)
		return -ERR_LIMIT;
	return expect_step(c, ch, '\n', c->left ? DATA : TRAILER_FIRST);
}

static int framing_step(struct chunked *c, char ch, const struct str *out)
{
	switch ((enum state)c->state) {
	case SIZE_FIRST:
	case SIZE:
		return size_step(c, ch);
	case EXTENSION:
		return skip_step(c, ch, CHUNK_EXTENSION_MAX, SIZE_LF);
	case SIZE_LF:
		return size_line_ended(c, ch, out);
	case DATA_CR:
		return expect_step(c, ch, '\r', DATA_LF);
	case DATA_LF:
		return expect_step(c, ch, '\n', SIZE_FIRST);
	case TRAILER_FIRST:
		if (ch != '\r')
			c->state = TRAILER;
		return skip_step(c, ch, CHUNK_TRAILER_MAX, END_LF);
	case TRAILER:
		return skip_step(c, ch, CHUNK_TRAILER_MAX, TRAILER_LF);
	case TRAILER_LF:
		return expect_step(c, ch, '\n', TRAILER_FIRST);
	case END_LF:
		return expect_step(c, ch, '\n', DONE);
	case DATA:
	case DONE:
		break;
	}
	return -ERR_INTERNAL;
}

static size_t data_step(struct chunked *c, const char *p, size_t len, struct str *out)
{
	size_t n = c->left < len ? (size_t)c->left : len;
	str_add(out, p, n);
	c->left -= n;
	if (!c->left)
		c->state = DATA_CR;
	return n;
}

int chunked_feed(struct chunked *c, const char *p, size_t len, struct str *out, size_t *ret_used)
{
	for (size_t i = 0; i < len;) {
		if (c->state == DATA) {
			i += data_step(c, p + i, len - i, out);
			continue;
		}
		int e = framing_step(c, p[i++], out);
		if (e)
			return e;
		if (c->state == DONE) {
			*ret_used = i;
			return 1;
		}
	}
	*ret_used = len;
	return 0;
}
