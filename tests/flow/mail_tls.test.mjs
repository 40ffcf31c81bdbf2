// Mail over TLS and STARTTLS, with a mail server that is not ours (npm smtp-server).
import { readFileSync } from 'node:fs';
import { SMTPServer } from 'smtp-server';
import { test, run, assert, Server, until, certificate, cleanup } from './harness.mjs';

// Keeps every mail, with whether it came encrypted and who had signed in; signing in is possible over TLS only.
async function smtp(options) {
	const mails = [], tried = [], { key, cert } = certificate();
	const server = new SMTPServer({
		key: readFileSync(key), cert: readFileSync(cert), ...options,
		onAuth(auth, session, done) { tried.push({ ...auth, secure: session.secure }); done(auth.password === 'sesame' ? null : new Error('no'), { user: auth.username }); },
		onData(stream, session, done) {
			let data = '';
			stream.on('data', (d) => { data += d; });
			stream.on('end', () => { mails.push({ data, secure: session.secure, user: session.user, to: session.envelope.rcptTo.map((r) => r.address) }); done(); });
		},
	});
	server.on('error', () => {});
	await new Promise((done) => server.listen(0, '127.0.0.1', done));
	cleanup(() => new Promise((done) => server.close(done)));
	return { mails, tried, port: server.server.address().port };
}

const settings = (port, more) => ({ EmailSettings: { SMTPServer: '127.0.0.1', SMTPPort: port, EnableSMTPAuth: true, SMTPUsername: 'hub', SMTPPassword: 'sesame',
	FeedbackEmail: 'hub@example.com', ...more } });

async function sendOne(mail, more) {
	const s = await new Server({ settings: settings(mail.port, more) }).start();
	await s.world();
	const r = await until('it is asked for', async () => { const a = await s.raw('POST', '/api/v4/users/password/reset/send', { body: { email: 'admin@example.com' } }); return a.status !== 429 && a; });
	assert.equal(r.status, 200);
	return s;
}

for (const [security, options] of [['TLS', { secure: true }], ['STARTTLS', {}]]) {
	test(`mail is delivered by ${security}, and signed in for only then`, async () => {
		const mail = await smtp(options);
		const s = await sendOne(mail, { ConnectionSecurity: security, SkipServerCertificateVerification: true });
		await until('the mail', () => mail.mails.length === 1);
		const [m] = mail.mails;
		assert.deepEqual([m.secure, m.user, m.to], [true, 'hub', ['admin@example.com']]);
		assert.ok(mail.tried.every((t) => t.secure));
		assert.match(Buffer.from(m.data.split('\r\n\r\n')[1], 'base64').toString(), /token=[0-9a-f]{64}/);
		await s.stop();
	});

	test(`a mail server whose certificate nobody vouches for gets nothing (${security})`, async () => {
		const mail = await smtp(options);
		const s = await sendOne(mail, { ConnectionSecurity: security });
		await until('it is given up', () => /a mail was not sent.*certificate/.test(s.log));
		assert.deepEqual([mail.mails, mail.tried], [[], []]);
		assert.ok(!s.log.includes('sesame'));
		await s.stop();
	});
}

test('a mail server that offers no STARTTLS gets nothing in plain', async () => {
	const mail = await smtp({ hideSTARTTLS: true, disabledCommands: ['STARTTLS'], allowInsecureAuth: true });
	const s = await sendOne(mail, { ConnectionSecurity: 'STARTTLS', SkipServerCertificateVerification: true });
	await until('it is given up', () => /a mail was not sent/.test(s.log));
	assert.deepEqual([mail.mails, mail.tried], [[], []]);
	await s.stop();
});

run();
