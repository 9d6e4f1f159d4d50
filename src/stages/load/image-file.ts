import {readdir, stat} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import type Sharp from 'sharp';
import {fail} from '../../diagnostics/diagnostic.js';
import type {RawImage} from '../ports.js';
import {readBytes, unreadable} from './file.js';
import type {ImageStore} from './images.js';

/** Formats by the bytes they begin with; the extension may lie. */
const FORMATS = {
  jpeg: (b: Uint8Array) => b[0] === 0xff && b[1] === 0xd8,
  png: (b: Uint8Array) => latin(b, 1, 4) === 'PNG',
  webp: (b: Uint8Array) => latin(b, 0, 4) === 'RIFF' && latin(b, 8, 12) === 'WEBP',
};

const latin = (bytes: Uint8Array, from: number, to: number): string =>
  String.fromCharCode(...bytes.subarray(from, to));

/**
 * Relative paths (with "/") of all JPEG, PNG and WebP files below a folder, in code-unit order. Names that begin with a dot are
 * left out. Errors: E301.
 */
export async function listImages(folder: string): Promise<string[]> {
  const found: string[] = [];
  const walk = async (below: string): Promise<void> => {
    const here = join(folder, below);
    const entries = await readdir(here, {withFileTypes: true}).catch((error: unknown) =>
      unreadable(here, error),
    );
    for (const entry of entries) {
      if (entry.name.startsWith('.')) continue;
      const relative = below === '' ? entry.name : `${below}/${entry.name}`;
      const path = join(folder, relative);
      const kind = entry.isSymbolicLink()
        ? await stat(path).catch((error: unknown) => unreadable(path, error))
        : entry;
      if (kind.isDirectory()) await walk(relative);
      else if (/\.(?:jpe?g|png|webp)$/i.test(entry.name)) found.push(relative);
    }
  };
  await walk('');
  return found.sort();
}

/** The image files below a folder; the uri is the relative path. */
export function openFolder(folder: string): ImageStore {
  return {
    bytes: uri => readBytes(join(folder, uri)),
    decode: (bytes, uri) => decodeImage(bytes, join(folder, uri)),
    close: () => undefined,
  };
}

let decoder: typeof Sharp | undefined;

/** Images are small and read once: one thread for each, and nothing kept. */
function loadDecoder(): typeof Sharp {
  // Its CommonJS build loads in a third of the time, which every thread spends anew.
  const sharp = createRequire(import.meta.url)('sharp') as typeof Sharp;
  sharp.concurrency(1);
  sharp.cache(false);
  return sharp;
}

/** Fails for bytes that are no image file of a known format. Errors: E302. */
export function checkFormat(bytes: Uint8Array, path: string): void {
  if (bytes.length === 0) fail('E302', `${path}: empty file`);
  if (Object.values(FORMATS).some(is => is(bytes))) return;
  const start = Buffer.from(bytes.subarray(0, 4)).toString('hex');
  fail('E302', `${path}: not a JPEG, PNG or WebP file: begins with the bytes ${start}`);
}

/**
 * Decodes JPEG, PNG and WebP to the same 8-bit RGB as Pillow's `convert('RGB')`: grey is copied to three channels, of 16 bits the
 * high byte is kept, alpha is dropped (not blended), CMYK is multiplied out, colour profiles and the orientation in the EXIF
 * data are not applied. Only CMYK needs a look at the header.
 *
 * Errors: E302 for what is truncated or damaged.
 */
export async function decodeImage(bytes: Uint8Array, path: string): Promise<RawImage> {
  checkFormat(bytes, path);
  const cmyk = FORMATS.jpeg(bytes) && jpegComponents(bytes) === 4;
  const sharp = (decoder ??= loadDecoder());
  try {
    const image = sharp(bytes, {failOn: 'error', ignoreIcc: true, limitInputPixels: false});
    const plain = cmyk ? image.pipelineColourspace('cmyk').toColourspace('cmyk') : image.removeAlpha();
    const {data, info} = await plain.raw().toBuffer({resolveWithObject: true});
    return {width: info.width, height: info.height, channels: 3, data: cmyk ? multiplyOut(data) : data};
  } catch (error) {
    // The decoder tells the same thing several times over.
    const [first] = (error as Error).message.split('\n');
    return fail('E302', `${path}: cannot be decoded: ${first!.trim()} (${bytes.length} bytes)`);
  }
}

/** Number of colour components in the frame header of a JPEG file; 0 if there is none. */
function jpegComponents(bytes: Uint8Array): number {
  let at = 2;
  while (at + 9 < bytes.length) {
    const marker = bytes[at + 1]!;
    if (bytes[at] !== 0xff) return 0;
    // Frame headers are C0 to CF, less the tables C4 and CC and the reserved C8.
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc)
      return bytes[at + 9]!;
    at += marker === 0xff ? 1 : 2 + bytes[at + 2]! * 256 + bytes[at + 3]!;
  }
  return 0;
}

/** CMYK to RGB without a colour profile: each ink times what black leaves, rounded as Pillow does. */
function multiplyOut(cmyk: Uint8Array): Uint8Array {
  const rgb = new Uint8Array((cmyk.length / 4) * 3);
  for (let i = 0, o = 0; i < cmyk.length; i += 4) {
    const white = 255 - cmyk[i + 3]!;
    for (let c = 0; c < 3; c++) {
      const product = cmyk[i + c]! * white + 128;
      rgb[o++] = Math.max(0, white - ((product + (product >> 8)) >> 8));
    }
  }
  return rgb;
}
