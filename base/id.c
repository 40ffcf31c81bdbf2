/* id - see id.h. */
#include "base/id.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"

static const char alphabet[] = "0123456789abcdefghijklmnopqrstuv";

void random_bytes(void *p, size_t n)
{
	/* A block is fetched ahead for each thread: a system call per id would
	 * cost more than the rest of making it. */
	static _Thread_local unsigned char pool[512];
	static _Thread_local size_t left;
	unsigned char *to = p;
	while (n) {
		if (!left) {
			if (getrandom(pool, sizeof pool, 0) != (ssize_t)sizeof pool)
				abort();
			left = sizeof pool;
		}
		size_t take = n < left ? n : left;
		memcpy(to, pool + sizeof pool - left, take);
		memset(pool + sizeof pool - left, 0, take);
		left -= take;
		to += take;
		n -= take;
	}
}

unsigned random_below(unsigned n)
{
	uint32_t r;
	random_bytes(&r, sizeof r);
	return (unsigned)((uint64_t)r * n >> 32);
}

/* 130 bits: the first 48 from time (if any), the others random. */
static void make(char ret[ID_SIZE], bool timed)
{
	unsigned char bits[ID_LEN];
	random_bytes(bits, sizeof bits);
	uint64_t ms = timed ? (uint64_t)clock_now_ms() : 0;
	for (int i = 0; i < ID_LEN; i++) {
		unsigned v = bits[i] & 31;
		if (timed && i < 10)                    /* 50 bits; the top two stay 0 until 2^48 ms */
			v = (unsigned)(ms >> (45 - 5 * i)) & 31;
		ret[i] = alphabet[v];
	}
	ret[ID_LEN] = 0;
}

void id_new(char ret[ID_SIZE])
{
	make(ret, true);
}

void token_new(char ret[ID_SIZE])
{
	make(ret, false);
}

bool id_valid(const char *s)
{
	if (!s)
		return false;
	int n = 0;
	for (; s[n]; n++) {
		char c = s[n];
		if (n >= ID_LEN || !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')))
			return false;
	}
	return n == ID_LEN;
}
