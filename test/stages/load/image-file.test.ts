import {readFileSync} from 'node:fs';
import {describe, expect, it} from 'vitest';
import {sha256} from '../../../src/stages/load/digest.js';
import {decodeImage} from '../../../src/stages/load/image-file.js';

const folder = new URL('../../fixtures/images/', import.meta.url);
const golden = JSON.parse(
  readFileSync(new URL('../../golden/decoded.json', import.meta.url), 'utf8'),
) as Record<string, {width: number; height: number; sha256: string}>;

describe('decodeImage', () => {
  it.each(Object.keys(golden))('gives the pixels of Pillow for %s', async name => {
    const {width, height, channels, data} = await decodeImage(readFileSync(new URL(name, folder)), name);
    expect({width, height, sha256: sha256(data)}).toEqual(golden[name]);
    expect(channels).toBe(3);
  });
});
