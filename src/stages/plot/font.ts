import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';

/** The family that figures are set in; the files are shipped with the package, so layout and pixels are the same everywhere. */
export const FONT_FAMILY = 'DejaVu Sans';

const resolve = (file: string): string =>
  createRequire(import.meta.url).resolve(`dejavu-fonts-ttf/ttf/${file}`);

/** Absolute paths of the shipped font files: regular, bold. */
export const fontFiles = (): [regular: string, bold: string] => [
  resolve('DejaVuSans.ttf'),
  resolve('DejaVuSans-Bold.ttf'),
];

/** Advance widths of a TrueType font, in em. */
export interface FontMetrics {
  /** Width of one line of text in em, without kerning; characters the font lacks count as its missing glyph. */
  width(text: string): number;
}

/** Reads the advance widths (tables `head`, `hhea`, `hmtx`, and `cmap` in format 12) of a TrueType file. */
export function parseFont(file: Uint8Array): FontMetrics {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const tables = new Map<string, number>();
  for (let i = 0; i < view.getUint16(4); i++) {
    const record = 12 + 16 * i;
    const tag = String.fromCharCode(...file.subarray(record, record + 4));
    tables.set(tag, view.getUint32(record + 8));
  }
  const table = (tag: string): number => {
    const at = tables.get(tag);
    if (at === undefined) throw new Error(`font without a table "${tag}"`);
    return at;
  };
  const unitsPerEm = view.getUint16(table('head') + 18);
  const metrics = view.getUint16(table('hhea') + 34);
  const hmtx = table('hmtx');
  const groups = segmentedCoverage(view, table('cmap'));

  const glyph = (code: number): number => {
    for (let i = 0, at = groups.at; i < groups.count; i++, at += 12) {
      if (code < view.getUint32(at)) break;
      if (code <= view.getUint32(at + 4)) return view.getUint32(at + 8) + code - view.getUint32(at);
    }
    return 0;
  };
  const advances = new Map<string, number>();
  const advance = (char: string): number => {
    let units = advances.get(char);
    if (units === undefined) {
      // Glyphs beyond the last metric share its advance.
      units = view.getUint16(hmtx + 4 * Math.min(glyph(char.codePointAt(0)!), metrics - 1));
      advances.set(char, units);
    }
    return units;
  };
  return {
    width: text => {
      let units = 0;
      for (const char of text) units += advance(char);
      return units / unitsPerEm;
    },
  };
}

/** Where the groups (first, last, glyph of first; ascending) of the full Unicode character map lie. */
function segmentedCoverage(view: DataView, cmap: number): {at: number; count: number} {
  for (let i = 0; i < view.getUint16(cmap + 2); i++) {
    const subtable = cmap + view.getUint32(cmap + 8 + 8 * i);
    if (view.getUint16(subtable) === 12) return {at: subtable + 16, count: view.getUint32(subtable + 12)};
  }
  throw new Error('font without a character map in format 12');
}

let shipped: {regular: FontMetrics; bold: FontMetrics} | undefined;

/** Width of one line of text in pixels, in the shipped family. */
export function textWidth(text: string, size: number, bold = false): number {
  if (shipped === undefined) {
    const [regular, heavy] = fontFiles().map(path => parseFont(readFileSync(path)));
    shipped = {regular: regular!, bold: heavy!};
  }
  return size * (bold ? shipped.bold : shipped.regular).width(text);
}

/** Breaks a text into lines that are no wider than `width` pixels, also if bold. */
export function wrap(text: string, width: number, size: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)!} ${word}`;
    if (lines.length > 0 && textWidth(longer, size, true) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
