// edge_program - an edge of a test's own: node edge_program.mjs FOLDER
//
// Every line from serve is appended to FOLDER/lines. What is done with a delivery
// stands in FOLDER/orders.json: {"text of the post": answer}; an answer is "hold" (none, until the orders
// change), "busy" (the same, with word that it is still at it), {nack: ms}, or a list of writes for the ack. Without an order it is acknowledged.
import { appendFileSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import net from 'node:net';

const folder = process.argv[2];
const socket = new net.Socket({ fd: 3 });
const held = new Map();
let rest = '';

const say = (line) => socket.write(`${JSON.stringify(line)}\n`);

function orders() {
	try { return JSON.parse(readFileSync(join(folder, 'orders.json'), 'utf8')); } catch { return {}; }
}

function answer(line) {
	const order = orders()[line.event.post?.message];
	held.delete(line.id);
	if (order === 'hold' || order === 'busy') held.set(line.id, { line, busy: order === 'busy' });
	else if (order?.nack) say({ type: 'nack', id: line.id, retry_ms: order.nack, why: 'told so' });
	else say({ type: 'ack', id: line.id, remote_ids: [], writes: order ?? [] });
}

socket.on('data', (data) => {
	const lines = (rest + data).split('\n');
	rest = lines.pop();
	for (const text of lines) {
		const line = JSON.parse(text);
		if (line.type === 'ping') { say({ type: 'pong', no: line.no }); continue; }
		appendFileSync(join(folder, 'lines'), `${text}\n`);
		if (line.type === 'deliver') answer(line);
	}
});
socket.on('close', () => process.exit(0));
watch(folder, (_, name) => { if (name === 'orders.json') for (const { line } of [...held.values()]) answer(line); });
setInterval(() => { for (const { line, busy } of held.values()) if (busy) say({ type: 'progress', id: line.id, parts_done: 0, remote_ids: [] }); }, 50);
say({ type: 'hello', version: 1, kind: 'custom', name: 'custom' });
