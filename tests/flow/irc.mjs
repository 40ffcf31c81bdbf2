// irc - a real ngircd on loopback, and a person with a plain IRC client.
import { spawn } from 'node:child_process';
import { writeFileSync, chmodSync } from 'node:fs';
import { join } from 'node:path';
import net from 'node:net';
import { tempDir, freePort, until, cleanup, assert } from './harness.mjs';

export async function ngircd() {
	const dir = tempDir();
	const port = await freePort();
	const conf = join(dir, 'ngircd.conf');
	writeFileSync(conf, `[Global]\nName = irc.test\nInfo = Test\nListen = 127.0.0.1\nPorts = ${port}\nMotdPhrase = hello\nServerUID = nobody\nServerGID = nogroup\n`
		+ '[Limits]\nMaxConnectionsIP = 0\nMaxPenaltyTime = 0\nMaxNickLength = 30\n[Options]\nIdent = no\nPAM = no\nDNS = no\nSyslogFacility = local1\n');
	chmodSync(dir, 0o755);
	const child = spawn('/usr/sbin/ngircd', ['-n', '-f', conf], { stdio: 'ignore' });
	cleanup(() => { child.kill('SIGKILL'); });
	await until('ngircd listens', () => new Promise((done) => {
		const s = net.connect(port, '127.0.0.1', () => { s.destroy(); done(true); });
		s.on('error', () => done(false));
	}));
	return { port };
}

export class Person {
	constructor(port, nick, channel) {
		this.nick = nick;
		this.channel = channel;
		this.lines = [];
		this.said = [];                        // {nick, text} of the channel
		this.rest = '';
		this.socket = net.connect(port, '127.0.0.1');
		cleanup(() => this.socket.destroy());
		this.socket.setEncoding('utf8');
		this.socket.on('error', () => {});
		this.socket.on('data', (d) => this.take(d));
		this.send(`NICK ${nick}`);
		this.send(`USER ${nick} 0 * :${nick}`);
	}

	send(line) { this.socket.write(`${line}\r\n`); }

	take(data) {
		const lines = (this.rest + data).split('\r\n');
		this.rest = lines.pop();
		for (const line of lines) {
			this.lines.push(line);
			if (line.startsWith('PING')) this.send(line.replace('PING', 'PONG'));
			const m = line.match(/^:([^!]+)!\S+ PRIVMSG (\S+) :(.*)$/);
			if (m && m[2] === this.channel) this.said.push({ nick: m[1], text: m[3] });
		}
	}

	async join() {
		await until(`${this.nick} is welcome`, () => this.lines.some((l) => / 001 /.test(l)));
		this.send(`JOIN ${this.channel}`);
		await until(`${this.nick} is in ${this.channel}`, () => this.lines.some((l) => / 366 /.test(l)));
		return this;
	}

	say(text) { this.send(`PRIVMSG ${this.channel} :${text}`); }

	heard(text) { return this.said.filter((m) => m.text.includes(text)); }

	async hears(text) { return until(`IRC hears "${text}"`, () => this.heard(text)[0]); }
}

assert.ok(true);
