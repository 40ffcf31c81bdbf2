// totp - the codes of a second factor, as an app on a phone makes them.
import { createHmac } from 'node:crypto';

function unbase32(text) {
	let bits = '';
	for (const c of text.replace(/=/g, '')) bits += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0');
	return Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
}

// The code of a secret so many ms from now (RFC 6238).
export function codeOf(secret, ms = 0) {
	const step = Buffer.alloc(8);
	step.writeBigUInt64BE(BigInt(Math.floor((Date.now() + ms) / 30_000)));
	const mac = createHmac('sha1', unbase32(secret)).update(step).digest(), at = mac[19] & 15;
	return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}
