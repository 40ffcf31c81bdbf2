// The tour of the README works when it is pasted.
import { test, run, assert, Server, until, root } from './harness.mjs';
import { ngircd, Person } from './irc.mjs';
import { readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

test('the tour of the README works when pasted', async () => {
	const irc = await ngircd();
	const s = new Server();
	await s.start();
	const blocks = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/^```sh\n([\s\S]*?)^```/gm)].map((m) => m[1]);
	assert.equal(blocks.length, 4);
	const script = blocks.join('\n').replace('H=http://127.0.0.1:8065', `H=${s.url}`).replace('IRC=127.0.0.1:6667', `IRC=127.0.0.1:${irc.port}`);
	const joe = await new Person(irc.port, 'joe', '#dev').join();
	const out = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
	assert.equal(out.status, 0, out.stderr);
	assert.match(out.stdout, /ok\{/);
	assert.match(out.stdout, /Polo!/);
	assert.match(out.stdout, /#dev/);
	await until('the link joins', () => joe.lines.some((l) => /:hubbub\S* JOIN/.test(l)));
	s.token = await s.login('me', 'correct horse');
	s.team = await s.api('GET', '/teams/name/acme');
	s.channel = await s.api('GET', `/teams/${s.team.id}/channels/name/dev`);
	const posts = await s.messages();
	assert.ok(posts.some((p) => p.message.includes('[2 commits](https://github.com/acme/app/compare/1...2)') && p.props.override_username === 'github'));
	joe.say('hello from the other side');
	await until('IRC is heard', async () => (await s.messages()).some((p) => p.message === 'hello from the other side' && p.props.override_username === 'joe'));
	await s.stop();
});

run();
