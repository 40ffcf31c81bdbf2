/*
 * clock - the time, which tests can move.
 *
 * Uses: clock_gettime(2). Any thread.
 */
#pragma once
#include <stdint.h>

typedef int64_t unix_ms;                       /* milliseconds since 1970, as on the wire */

unix_ms clock_now_ms(void);                    /* wall clock plus the test offset */
int64_t clock_mono_ms(void);                   /* for intervals and deadlines; never jumps */
int64_t clock_mono_us(void);
void clock_shift_ms(int64_t offset);           /* tests only: moves clock_now_ms() */
#ifdef HUBBUB_DEV
void clock_shift_as_told(void);                /* by the milliseconds in the file that HUBBUB_CLOCK names */
#endif
