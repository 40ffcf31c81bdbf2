/* charset - see charset.h. */
#include "base/charset.h"

#include <ctype.h>
#include <errno.h>
#include <iconv.h>
#include <strings.h>

#include "base/utf8.h"

enum { LABEL_MAX = 32, LOOK_MAX = 1024 };

/* In all of them a byte below 0x40 stands for itself, so that tags are found in what cannot be converted, too. */
static const struct { const char *label, *name; } charsets[] = {
	{ "utf-8", NULL }, { "utf8", NULL }, { "us-ascii", "WINDOWS-1252" }, { "ascii", "WINDOWS-1252" }, { "iso-8859-1", "WINDOWS-1252" },
	{ "latin1", "WINDOWS-1252" }, { "windows-1252", "WINDOWS-1252" }, { "iso-8859-15", "ISO-8859-15" }, { "iso-8859-2", "ISO-8859-2" },
	{ "iso-8859-5", "ISO-8859-5" }, { "iso-8859-7", "ISO-8859-7" }, { "iso-8859-9", "WINDOWS-1254" }, { "windows-1250", "WINDOWS-1250" },
	{ "windows-1251", "WINDOWS-1251" }, { "windows-1253", "WINDOWS-1253" }, { "windows-1254", "WINDOWS-1254" }, { "windows-1255", "WINDOWS-1255" },
	{ "windows-1256", "WINDOWS-1256" }, { "windows-1257", "WINDOWS-1257" }, { "koi8-r", "KOI8-R" }, { "koi8-u", "KOI8-U" },
	{ "shift_jis", "CP932" }, { "shift-jis", "CP932" }, { "sjis", "CP932" }, { "euc-jp", "EUC-JP" }, { "euc-kr", "CP949" }, { "gb2312", "GB18030" },
	{ "gbk", "GB18030" }, { "gb18030", "GB18030" }, { "big5", "BIG5-HKSCS" },
};

/* The label behind "charset=" in a text, in lower case; false: there is none. */
static bool label_in(struct span text, char ret[LABEL_MAX])
{
	for (size_t i = 0; i + 8 < text.len; i++) {
		if (strncasecmp(text.p + i, "charset", 7) != 0)
			continue;
		size_t k = i + 7, n = 0;
		while (k < text.len && (isspace((unsigned char)text.p[k]) || text.p[k] == '=' || text.p[k] == '"' || text.p[k] == '\''))
			k++;
		while (k < text.len && n + 1 < LABEL_MAX && (isalnum((unsigned char)text.p[k]) || strchr("-_:", text.p[k])))
			ret[n++] = text.p[k++];
		ret[n] = 0;
		text_lower(ret);
		return n > 0;
	}
	return false;
}

/* NULL: it is UTF-8, or what we know nothing of. */
static const char *charset_of(struct span page, const char *content_type)
{
	char label[LABEL_MAX];
	if (page.len >= 3 && memcmp(page.p, "\xef\xbb\xbf", 3) == 0)
		return NULL;
	struct span beginning = span_of(page.p, page.len < LOOK_MAX ? page.len : LOOK_MAX);
	if (label_in(span_text(content_type), label) || label_in(beginning, label))
		for (size_t i = 0; i < COUNT(charsets); i++)
			if (text_is(label, charsets[i].label))
				return charsets[i].name;
	/* The last rune may be cut off. */
	size_t whole = page.len > 4 ? page.len - 4 : page.len;
	return utf8_valid(page.p, utf8_fit(page.p, page.len, whole)) ? NULL : "WINDOWS-1252";
}

static void convert(iconv_t cd, struct span page, struct str *out)
{
	char part[4096], *in = (char *)(uintptr_t)page.p;
	size_t left = page.len;
	while (left) {
		char *to = part;
		size_t room = sizeof part;
		int e = iconv(cd, &in, &left, &to, &room) == (size_t)-1 ? errno : 0;
		str_add(out, part, sizeof part - room);
		if (!e || e == EINVAL || out->failed)
			break;
		if (e == EILSEQ) {
			str_rune(out, 0xfffd);
			in++;
			left--;
		}
	}
}

struct span charset_read(struct arena *a, struct span page, const char *content_type)
{
	const char *name = charset_of(page, content_type);
	iconv_t cd = name ? iconv_open("UTF-8", name) : (iconv_t)-1;
	if (cd == (iconv_t)-1)
		return page;
	AUTO_STR out = STR_MAX(page.len * 4 + 16);
	convert(cd, page, &out);
	iconv_close(cd);
	return out.len ? span_of(arena_strndup(a, out.p, out.len), out.len) : page;
}
