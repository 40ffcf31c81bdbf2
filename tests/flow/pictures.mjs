// Pictures for the tests, made here: a PNG of any size, and the EXIF that turns a JPEG.
import { deflateSync, crc32 } from 'node:zlib';

function chunk(type, data) {
	const head = Buffer.from(type), out = Buffer.alloc(12 + data.length);
	out.writeUInt32BE(data.length, 0);
	head.copy(out, 4);
	data.copy(out, 8);
	out.writeUInt32BE(crc32(Buffer.concat([head, data])), 8 + data.length);
	return out;
}

// One colour, or a gradient; claimed: what its head says, whatever is in it.
export function png(width, height, { claimed = [width, height] } = {}) {
	const head = Buffer.alloc(13), row = Buffer.alloc(1 + width * 3);
	head.writeUInt32BE(claimed[0], 0);
	head.writeUInt32BE(claimed[1], 4);
	head.set([8, 2, 0, 0, 0], 8);
	for (let x = 0; x < width; x++) row.set([x % 256, 80, 160], 1 + x * 3);
	const rows = Buffer.concat(Array.from({ length: height }, () => row));
	return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', head), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
}

// A JPEG with another orientation, as a telephone writes it.
export function turned(jpeg, orientation) {
	const tiff = Buffer.from('4d4d002a00000008000101120003000000010000000000000000', 'hex');
	tiff.writeUInt16BE(orientation, 18);
	const body = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff]), head = Buffer.from([0xff, 0xe1, 0, 0]);
	head.writeUInt16BE(body.length + 2, 2);
	return Buffer.concat([jpeg.subarray(0, 2), head, body, jpeg.subarray(2)]);
}

// [width, height] of a PNG or JPEG.
export function sizeOf(b) {
	if (b[0] === 0x89) return [b.readUInt32BE(16), b.readUInt32BE(20)];
	for (let i = 2; i < b.length;) {
		if (b[i] !== 0xff) break;
		if (b[i + 1] >= 0xc0 && b[i + 1] <= 0xc2) return [b.readUInt16BE(i + 7), b.readUInt16BE(i + 5)];
		i += 2 + b.readUInt16BE(i + 2);
	}
	return null;
}

export const gif = Buffer.from('47494638396102000200800000ff000000ff0021f90400000000002c000000000200020000020284510 03b'.replace(' ', ''), 'hex');
export function bmp(width, height) {
	const row = (width * 3 + 3) & ~3, out = Buffer.alloc(54 + row * height, 90);
	out.fill(0, 0, 54);
	out.write('BM');
	out.writeUInt32LE(out.length, 2);
	out.writeUInt32LE(54, 10);
	out.writeUInt32LE(40, 14);
	out.writeInt32LE(width, 18);
	out.writeInt32LE(height, 22);
	out.writeUInt16LE(1, 26);
	out.writeUInt16LE(24, 28);
	return out;
}
