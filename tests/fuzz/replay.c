/* replay - gives every file of a corpus folder to a fuzz target, where there is no libFuzzer. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *folder, const char *name)
{
	char path[4096];
	static uint8_t data[1024 * 1024];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *f = fopen(path, "rb");
	if (!f) {
		printf("FAIL the input %s can be read\n", name);
		return 1;
	}
	size_t n = fread(data, 1, sizeof data, f);
	fclose(f);
	LLVMFuzzerTestOneInput(data, n);
	printf("ok the input %s does no harm\n", name);
	return 0;
}

int main(int count, char **words)
{
	DIR *folder = count > 1 ? opendir(words[1]) : NULL;
	if (!folder) {
		printf("FAIL there is a corpus\n");
		return 1;
	}
	int failures = 0;
	for (const struct dirent *entry; (entry = readdir(folder)); )
		if (entry->d_name[0] != '.')
			failures += replay(words[1], entry->d_name);
	closedir(folder);
	return failures != 0;
}
