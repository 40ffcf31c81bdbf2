// state - what the page knows, and how it names things in the document.
import { Client4 } from '@mattermost/client';

// A server under a path tells it by window.publicPath, as the official web app reads it.
export const base = (window.publicPath ?? '/static/').replace(/\/static\/$/, '');
export const client = new Client4();
client.setUrl(location.origin + base);

export const state = { me: null, team: null, channels: new Map(), members: new Map(), posts: new Map(), current: null, root: null, files: [] };
window.fixture = state;

export const $ = (id) => document.getElementById(id);
export const cookie = (name) => document.cookie.split('; ').find((c) => c.startsWith(`${name}=`))?.slice(name.length + 1);

export function element(name, { text = '', ...attributes } = {}, ...children) {
	const e = document.createElement(name);
	for (const [key, value] of Object.entries(attributes)) {
		if (typeof value === 'function') e.addEventListener(key, value);
		else e.setAttribute(key, value);
	}
	e.append(...(text ? [text] : []), ...children);
	return e;
}

// What the tests wait for: data-NAME of the footer.
export function tell(name, value) { $('state').dataset[name] = value; }
