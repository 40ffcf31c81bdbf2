// What is private is to others as if it were not: no table. Every call of calls.mjs is made by those who may not know its object, once about it and
// once about something that does not exist, and the two answers must be the same; and nothing that was put into it may ever reach them, by answer or event.
import { test, run, assert, Socket, until } from '../flow/harness.mjs';
import { ask, instead, requestText, Secrets, send, sense, unknownFor } from './ask.mjs';
import { calls, nameOf } from './calls.mjs';
import { hiddenFrom, planted, world } from './world.mjs';

const viewers = ['guest+', 'guest-', 'member+', 'member-', 'stranger', 'chadmin', 'tadmin-', 'bot-', 'left', 'keeper'];
// Whose role is a right in every channel of the team: he may find out by using it what there is, but never read it.
const rights = new Set(['tadmin-']);
// Who knows ids from when he was in, and has written them down among his own things.
const knew = new Set(['left']);
// The id of a webhook is its password: who has it may post, and knows no more by it.
const credentials = /^POST \/hooks\/\{hook\}/, unlike = /sessions\/revoke|^POST \/restart/;
const only = process.env.MATRIX_ONLY ?? '';          // a part of a route's name, while working
const first = process.env.MATRIX_FIRST;               // to end with what is wrong first

class Scene {
	async begin() {
		this.w = await world();
		this.secrets = new Secrets(this.w);
		this.first = [...planted];
		this.sockets = new Map();
		for (const v of viewers) this.sockets.set(v, await new Socket(this.w.s, this.w.who[v].token).ready());
		return this;
	}

	each(fn, but = /^$/) {
		return calls.filter((c) => c.route.includes(only) && !but.test(c.route) && !c.slow).reduce((before, call) => call.objects.reduce((b, object) => b.then(() => fn(call, object)), before), Promise.resolve());
	}

	// What the owners can read of what stands there in the beginning, and calls do not.
	async witness() {
		const { owner, hermit, root } = this.w.people, texts = [], get = async (p, path) => texts.push(JSON.stringify(await this.w.as(p, 'GET', path)));
		await get(root, `/posts/${this.w.in.private.quote.id}`);
		assert.match(texts[0], new RegExp(this.w.in.private.quoted.message), 'a linked post is shown to who may read it');
		for (const x of Object.values(this.w.in)) {
			await get(x.owner, `/channels/${x.channel.id}/posts?per_page=200`);
			await get(x.owner, `/posts/${x.edited.id}/edit_history`);
			await get(x.owner, `/channels/${x.channel.id}/bookmarks`);
			await get(x.owner, `/files/${x.loose.id}/info`);
		}
		for (const [p, team] of [[owner, this.w.alpha], [hermit, this.w.beta]]) for (const what of [`teams/${team.id}/drafts`, 'uploads']) await get(p, `/users/me/${what}`);
		return texts;
	}

	// Those who are in do everything there is to be done. Gives what nobody reads: one should not believe in words that were never kept.
	async live() {
		const { owner, root, hermit } = this.w.people, read = new Set();
		for (const text of await this.witness()) for (const value of this.secrets.in(text).keys()) read.add(value);
		for (const [kind, place] of [['pub', 'public'], ['priv', 'private'], ['gm', 'group'], ['dm', 'direct']])
			await until(`words of ${place} can be found`, async () => (await this.w.as(owner, 'POST', '/posts/search', { terms: `zq${kind}*` })).order.length > 2);
		await this.each(async (call, object) => {
			for (const p of [/other|hermit/.test(object) ? hermit : owner, root]) {
				const r = await ask(this.w, call, object, { ...p, column: p.username });
				for (const value of this.secrets.in(r.text).keys()) read.add(value);
			}
		}, unlike);
		const gone = Object.values(this.w.in).map((x) => x.gone.message);     // what was deleted has no words any more, to nobody
		return this.first.filter((word) => !read.has(word) && !gone.includes(word) && !word.startsWith('zqnever'));
	}

	// A call about something, and the same about nothing: what is wrong with the answers.
	async compare(me, name, x, q) {
		const values = this.secrets.hidden(me, requestText(q));
		const real = async (request) => {
			const r = await send(this.w, x.me, request), asked = requestText(request);
			const found = this.secrets.hidden(me, r.text).filter((value) => !asked.includes(value) && !(knew.has(me.column) && !value.startsWith('zq')));
			if (found.length) this.wrong.push(`${name} tells ${found.slice(0, 4)}: ${r.status} ${r.text.slice(0, 300)}`);
			return r;
		};
		let r;
		if (rights.has(me.column) || credentials.test(name)) return real(q);
		for (const some of values.length > 1 ? [values, ...values.map((v) => [v])] : values.length ? [values] : []) {
			const should = sense(await real(instead(q, some)), some);
			r = await real(q);
			if (sense(r, some) !== should) this.wrong.push(`${name} knows ${some}: ${sense(r, some).slice(0, 200)} and not ${should.slice(0, 200)}`);
		}
		return r ?? real(q);
	}

	async look(me) {
		this.wrong = [];
		await this.each((call, object) => ask(this.w, call, object, me, (x, q) => this.compare(me, `${call.route} (${nameOf(call, object)})`, x, q)), unlike);
		return this.wrong;
	}

	// The same over the socket.
	async speak(v) {
		const me = this.w.who[v], socket = this.sockets.get(v), wrong = [];
		const sense = async (action, data, value) => JSON.stringify({ ...await socket.ask(action, data), seq_reply: 0 }).replaceAll(value, 'IT');
		const both = async (action, data, value) => {
			const [real, none] = [await sense(action, data(value), value), await sense(action, data(unknownFor(value)), unknownFor(value))];
			if (real !== none) wrong.push(`${action} knows ${value}: ${real} and not ${none}`);
			return real;
		};
		for (const { channel, kind } of Object.values(this.w.in)) if (hiddenFrom(me).has(kind)) await both('user_typing', (id) => ({ channel_id: id, parent_id: '' }), channel.id);
		if (hiddenFrom(me).has('hermit')) await both('get_statuses_by_ids', (id) => ({ user_ids: [id] }), this.w.people.hermit.id);
		const found = this.secrets.hidden(me, JSON.stringify(await socket.ask('get_statuses')));
		return found.length ? [...wrong, `get_statuses tells of ${found}`] : wrong;
	}

	// What goes back to who said it: the answer to his command in words, his own drafts and posts where his role lets him write; and that a channel that was
	// public is one no more, or again, which the whole team hears (API.md B.6), by its id alone.
	isOwn(me, e) {
		if (e.event === 'ephemeral_message') return JSON.parse(e.data.post).user_id === me.id;
		if (/^(channel_converted|channel_restored)$/.test(e.event)) return e.event === 'channel_converted' || this.secrets.known.get(e.data.channel_id) === 'pub';
		if (/^(draft|scheduled_post)_/.test(e.event)) return JSON.parse(e.data.draft ?? e.data.scheduledPost).user_id === me.id && !/zq/.test(e.data.draft ?? e.data.scheduledPost);
		return false;
	}

	async heard(v) {
		const me = this.w.who[v], socket = this.sockets.get(v), last = `the last for ${v}`;
		await this.w.root('POST', '/posts/ephemeral', { user_id: me.id, post: { channel_id: this.w.in.public.channel.id, message: last } });
		await socket.event('ephemeral_message', (e) => e.data.post.includes(last));
		assert.ok(only || socket.events.length > 10, 'heard nothing');
		const texts = socket.events.filter((e) => !this.isOwn(me, e)).map((e) => JSON.stringify(e));
		return texts.map((t) => [this.secrets.hidden(me, t), t]).filter(([found]) => found.length).map(([found, t]) => `${found.slice(0, 3)}: ${t.slice(0, 400)}`);
	}
}

// Prints a line for it; is it right? MATRIX_FIRST: the first that is not ends the test.
function judge(name, wrong) {
	console.log(wrong.length ? `FAIL ${name}: ${wrong.length} times, ${wrong.slice(0, 40).join('\n   ')}` : `ok ${name}`);
	if (wrong.length && first) throw new Error('the first is enough');
	return !wrong.length;
}

test('what is private is to others as if it were not', async () => {
	const scene = await new Scene().begin();
	let right = judge('every word that was put somewhere can be read by who may', only ? [] : await scene.live());
	if (first) for (const v of viewers) judge(`no event carries a hidden word to ${v} who only listens`, await scene.heard(v));
	for (const v of viewers) right &= judge(`to ${v} what is hidden is as what is not there`, await scene.look(scene.w.who[v]));
	for (const v of viewers) right &= judge(`the socket of ${v} knows nothing of it either`, await scene.speak(v));
	for (const v of viewers) right &= judge(`no event carries a hidden word to ${v}`, await scene.heard(v));
	assert.ok(right);
	await scene.w.s.stop();
});

run();
