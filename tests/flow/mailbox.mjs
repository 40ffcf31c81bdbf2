// mailbox - a mail server of the tests' own.
import net from 'node:net';
import { cleanup } from './harness.mjs';

// A mail server of its own: keeps {from, to, head, text} of every message, and what was said to sign in. refusals: so many messages are not taken first.
export async function smtp({ port = 0, refusals = 0 } = {}) {
	const mails = [];
	const server = net.createServer((c) => {
		let mail = null, data = null, text = '';
		const say = (s) => c.write(`${s}\r\n`);
		const line = (l) => {
			if (data !== null) {
				if (l !== '.') { data += `${l}\n`; return; }
				const [head, body] = data.split(/\n\n(.*)/s);
				if (refusals-- > 0) { data = null; return say('451 not now'); }
				mails.push({ ...mail, head, text: Buffer.from(body, 'base64').toString() });
				data = null;
				return say('250 taken');
			}
			if (mail === 'signing in') { server.auth = Buffer.from(l, 'base64').toString(); mail = null; return say('235 hello'); }
			if (/^EHLO/i.test(l)) return say('250-test\r\n250 AUTH PLAIN');
			if (/^AUTH PLAIN$/i.test(l)) { mail = 'signing in'; return say('334 '); }
			if (/^MAIL FROM:/i.test(l)) mail = { from: l.slice(10), to: [] };
			if (/^RCPT TO:/i.test(l)) mail.to.push(l.slice(8));
			if (/^DATA/i.test(l)) { data = ''; return say('354 go on'); }
			if (/^QUIT/i.test(l)) { say('221 bye'); return c.end(); }
			return say('250 ok');
		};
		c.on('error', () => {});
		c.on('data', (d) => { text += d; for (let i; (i = text.indexOf('\r\n')) >= 0;) { const l = text.slice(0, i); text = text.slice(i + 2); line(l); } });
		say('220 test');
	});
	await new Promise((done) => server.listen(port, '127.0.0.1', done));
	cleanup(() => server.close());
	return { server, mails, port: server.address().port };
}

export const mailing = (port) => ({ EmailSettings: { SMTPServer: '127.0.0.1', SMTPPort: port, EnableSMTPAuth: true, SMTPUsername: 'hub', SMTPPassword: 'sesame', FeedbackEmail: 'hub@example.com' } });
