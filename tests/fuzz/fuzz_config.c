/* Any bytes as config.json. */
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "base/err.h"
#include "conf/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[64];
	snprintf(path, sizeof path, "/tmp/hubbub_fuzz_config_%d", (int)getpid());
	FILE *f = fopen(path, "we");
	if (!f)
		return 0;
	fwrite(data, 1, size, f);
	fclose(f);
	struct conf *c = NULL;
	struct why why = { 0 };
	AUTO_STR unknown = STR_MAX(1 * MB);
	int e = conf_load(path, false, NULL, &c, &unknown, &why);
	if (e && !why.text[0])
		__builtin_trap();
	if (!e) {
		AUTO_STR out = STR_MAX(4 * MB);
		conf_print(c, &out);
		conf_show(c, &out);
	}
	conf_free(c);
	unlink(path);
	return 0;
}
