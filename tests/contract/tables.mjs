// tables - the contract as data: routes.tsv, schemas.json, client_config.tsv and role_rows.tsv (made by make.py), unbuilt.tsv (kept by hand), and the routes of our own server.
//
// A route is named "METHOD /path"; names of parameters are ours, and only the places of parameters are compared.
import { readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from '../flow/harness.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const read = (file) => readFileSync(join(here, file), 'utf8');
const lines = (text) => text.split('\n').filter((l) => l && !l.startsWith('#'));
export const neutral = (name) => name.replace(/\{[^}]*\}/g, '{}');

// The published description: name → {name, tier, operation, codes, schema, parameters}; '-' is what it does not say.
export const described = new Map(lines(read('routes.tsv')).map((line) => {
	const [method, path, tier, operation, codes, schema, parameters] = line.split('\t');
	return [neutral(`${method} ${path}`), { name: `${method} ${path}`, tier, operation, codes: codes.split(',').map(Number), schema, parameters: parameters === '-' ? [] : parameters.split(',') }];
}));

export const schemas = JSON.parse(read('schemas.json'));

// Routes that are refused as without a licence: {name (without /api/v4), status, id}.
export const refused = lines(read('refused.tsv')).map((line) => {
	const [method, path, status, id] = line.split('\t');
	return { name: `${method} ${path}`, status: Number(status), id };
});

export const unbuilt = lines(read('unbuilt.tsv')).map((line) => {
	const [method, path, tier] = line.split('\t');
	return { name: `${method} ${path}`, tier };
});

// Keys of GET /config/client: {key, open (also without a session), kind, licensed}.
export const clientConfig = lines(read('client_config.tsv')).map((line) => {
	const [key, scope, kind, licensed] = line.split('\t');
	return { key, open: scope === 'L', kind, licensed: licensed === 'licensed' };
});

// The default roles: name → permissions.
export const defaultRoles = new Map(lines(read('role_rows.tsv')).map((line) => {
	const [role, permissions] = line.split('\t');
	return [role, permissions.split(' ').filter(Boolean)];
}));

// What the server lists itself: {name, tier, who, handler, permissions, sentence, built}.
export const ours = execFileSync(join(build, 'hubbub'), ['routes'], { encoding: 'utf8' }).trim().split('\n').map((line) => {
	const [, method, path, tier, who, handler, permissions, sentence] = line.match(/^(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s+(.+)$/);
	return { name: `${method} ${path}`, tier, who, handler, permissions: permissions === '-' ? [] : permissions.split(','), sentence, built: who !== '501' };
});
