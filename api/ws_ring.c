/* ws_ring - what a session may have to be sent again, and all of that together. See ws.h.
 *
 * Events reach every ring in one order, so the frames of all rings stand in one
 * list, each once, and every ring holds some run of that list's order. When all
 * together take too much, or a frame is too old, everything up to some frame of
 * the list goes, in whatever ring it is. */
#include "api/ws_private.h"
#include "base/log.h"

enum { CAP_FIRST = 8 };

int64_t ring_oldest(const struct ws_session *s)
{
	return s->seq - s->count;
}

struct frame *ring_frame(const struct ws_session *s, int64_t seq)
{
	return s->ring[(s->first + (seq - ring_oldest(s))) % s->cap];
}

/* ---- the list of all ---- */

static void list_add(struct ws_hub *h, struct frame *f)
{
	f->no = ++h->last_no;
	f->ringed_ms = clock_mono_ms();
	f->older = h->youngest;
	f->younger = NULL;
	*(f->older ? &f->older->younger : &h->oldest) = f;
	h->youngest = f;
	h->rings_bytes += frame_size(f);
}

static void list_remove(struct ws_hub *h, struct frame *f)
{
	*(f->older ? &f->older->younger : &h->oldest) = f->younger;
	*(f->younger ? &f->younger->older : &h->youngest) = f->older;
	h->rings_bytes -= frame_size(f);
}

void ring_hold(struct ws_hub *h, struct frame *f)
{
	if (f->rings++ == 0)
		list_add(h, f);
}

void ring_release(struct ws_hub *h, struct frame *f)
{
	if (--f->rings == 0)
		list_remove(h, f);
}

/* ---- one ring ---- */

/* Also makes it smaller; none is left where nothing is kept. */
static void resize(struct ws_hub *h, struct ws_session *s, int cap)
{
	struct frame **ring = cap ? mem_new(sizeof(struct frame *) * (size_t)cap) : NULL;
	for (int i = 0; i < s->count; i++)
		ring[i] = s->ring[(s->first + i) % s->cap];
	free(s->ring);
	h->rings_bytes += sizeof *ring * (size_t)cap;
	h->rings_bytes -= sizeof *ring * s->cap;
	s->ring = ring;
	s->first = 0;
	s->cap = (uint16_t)cap;
}

static void drop_oldest(struct ws_hub *h, struct ws_session *s)
{
	struct frame *f = s->ring[s->first];
	s->first = (uint16_t)((s->first + 1) % s->cap);
	s->count--;
	s->ring_bytes -= f->head_len + f->tail_len;
	ring_release(h, f);
	frame_unref(f);
}

/* What has not been written yet goes only if it cannot be written. */
static void lose_oldest(struct ws_hub *h, struct ws_session *s)
{
	if (ring_oldest(s) >= s->sent)
		session_flush(h, s);
	if (ring_oldest(s) >= s->sent)
		session_too_slow(h, s);
	drop_oldest(h, s);
}

void ring_room(struct ws_hub *h, struct ws_session *s, int frames)
{
	int cap = s->cap ? s->cap : CAP_FIRST;
	while (cap < frames)
		cap *= 2;
	if (cap > s->cap)
		resize(h, s, cap);
}

/* The newest frame is kept however big it is: it could not be sent otherwise. */
void ring_add(struct ws_hub *h, struct ws_session *s, struct frame *f)
{
	uint32_t size = f->head_len + f->tail_len;
	while (s->count && (s->count == RING_MAX || s->ring_bytes + size > RING_BYTES_MAX))
		lose_oldest(h, s);
	if (s->count == s->cap)
		ring_room(h, s, s->count + 1);
	ring_hold(h, f);
	f->refs++;
	s->ring[(s->first + s->count++) % s->cap] = f;
	s->ring_bytes += size;
	s->seq++;
}

void ring_done(struct ws_hub *h, struct ws_session *s)
{
	while (s->count)
		drop_oldest(h, s);
	resize(h, s, 0);
}

/* ---- all rings ---- */

static void forget_up_to(struct ws_hub *h, uint64_t no)
{
	for (struct map_iter i = { 0 }; map_next(h->sessions, &i);) {
		struct ws_session *s = i.value;
		while (s->count && s->ring[s->first]->no <= no)
			lose_oldest(h, s);
		if (!s->count && s->cap)
			resize(h, s, 0);
		else if (s->cap > CAP_FIRST && s->count <= s->cap / 4)
			resize(h, s, s->cap / 2);
	}
}

/* A quarter goes at once, so that this walk over all sessions is rare. */
void rings_within_cap(struct ws_hub *h)
{
	uint64_t bytes = h->rings_bytes, keep = h->rings_max / 4 * 3, no = 0;
	if (bytes <= h->rings_max)
		return;
	for (const struct frame *f = h->oldest; f && bytes > keep; f = f->younger) {
		bytes -= frame_size(f);
		no = f->no;
	}
	forget_up_to(h, no);
	if (h->trims++ == 0)
		log_warn("the rings of all WebSocket sessions are full: the oldest events are forgotten", LOG_INT("bytes", h->rings_max));
}

void rings_age(struct ws_hub *h, int64_t now_ms)
{
	uint64_t no = 0;
	for (const struct frame *f = h->oldest; f && now_ms - f->ringed_ms > RING_KEEP_MS; f = f->younger)
		no = f->no;
	if (no)
		forget_up_to(h, no);
}
