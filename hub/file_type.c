/* file_type - what a file is, by the end of its name. See file_type.h. */
#include "hub/file_type.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/str.h"

static const struct { const char *extension, *type; } table[] = {
	{ "7z", "application/x-7z-compressed" }, { "aac", "audio/aac" }, { "avi", "video/x-msvideo" }, { "avif", "image/avif" }, { "bmp", "image/bmp" },
	{ "bz2", "application/x-bzip2" }, { "c", "text/x-csrc" }, { "cpp", "text/x-c++src" }, { "css", "text/css; charset=utf-8" }, { "csv", "text/csv; charset=utf-8" },
	{ "doc", "application/msword" }, { "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document" }, { "flac", "audio/flac" },
	{ "gif", "image/gif" }, { "go", "text/x-go" }, { "gz", "application/gzip" }, { "h", "text/x-chdr" }, { "heic", "image/heic" }, { "htm", "text/html; charset=utf-8" },
	{ "html", "text/html; charset=utf-8" }, { "ics", "text/calendar" }, { "jpeg", "image/jpeg" }, { "jpg", "image/jpeg" }, { "js", "text/javascript; charset=utf-8" },
	{ "json", "application/json" }, { "log", "text/plain" }, { "m4a", "audio/mp4" }, { "m4v", "video/x-m4v" }, { "md", "text/markdown" }, { "mjs", "text/javascript; charset=utf-8" },
	{ "mkv", "video/x-matroska" }, { "mov", "video/quicktime" }, { "mp3", "audio/mpeg" }, { "mp4", "video/mp4" }, { "mpeg", "video/mpeg" }, { "mpg", "video/mpeg" },
	{ "odp", "application/vnd.oasis.opendocument.presentation" }, { "ods", "application/vnd.oasis.opendocument.spreadsheet" },
	{ "odt", "application/vnd.oasis.opendocument.text" }, { "oga", "audio/ogg" }, { "ogg", "audio/ogg" }, { "ogv", "video/ogg" }, { "pdf", "application/pdf" },
	{ "png", "image/png" }, { "ppt", "application/vnd.ms-powerpoint" }, { "pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation" },
	{ "psd", "image/vnd.adobe.photoshop" }, { "py", "text/x-python" }, { "rar", "application/vnd.rar" }, { "rs", "text/rust" }, { "rtf", "application/rtf" }, { "sh", "text/x-sh" },
	{ "sql", "application/sql" }, { "svg", "image/svg+xml" }, { "tar", "application/x-tar" }, { "tif", "image/tiff" }, { "tiff", "image/tiff" }, { "ts", "text/plain" },
	{ "txt", "text/plain; charset=utf-8" }, { "wav", "audio/wav" }, { "weba", "audio/webm" }, { "webm", "video/webm" }, { "webp", "image/webp" }, { "xhtml", "application/xhtml+xml" },
	{ "xls", "application/vnd.ms-excel" }, { "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" }, { "xml", "text/xml; charset=utf-8" },
	{ "yaml", "application/yaml" }, { "yml", "application/yaml" }, { "zip", "application/zip" },
};

const char *file_extension(const char *name)
{
	const char *dot = strrchr(name, '.');
	return dot && dot[1] && strlen(dot + 1) <= 32 ? dot + 1 : "";
}

const char *file_type(const char *extension)
{
	for (size_t i = 0; i < COUNT(table); i++)
		if (strcasecmp(table[i].extension, extension) == 0)
			return table[i].type;
	return "";
}

static bool is_one_of(const char *type, const char *const *list, size_t n)
{
	size_t len = strcspn(type, "; ");
	for (size_t i = 0; i < n; i++)
		if (strlen(list[i]) == len && strncasecmp(list[i], type, len) == 0)
			return true;
	return false;
}

bool file_type_inline(const char *type)
{
	static const char *const shown[] = {
		"image/jpeg", "image/png", "image/bmp", "image/gif", "image/tiff", "image/webp", "video/avi", "video/x-msvideo", "video/mpeg", "video/mp4", "audio/mpeg", "audio/wav",
	};
	return is_one_of(type, shown, COUNT(shown));
}

const char *file_type_served(const char *type)
{
	static const char *const active[] = {
		"application/javascript", "application/ecmascript", "application/x-javascript", "text/javascript", "text/ecmascript", "text/html", "application/xhtml+xml",
		"text/xml", "application/xml",
	};
	return !*type ? "application/octet-stream" : is_one_of(type, active, COUNT(active)) ? "text/plain" : type;
}
