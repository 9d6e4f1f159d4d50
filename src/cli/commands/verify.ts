import {existsSync} from 'node:fs';
import {relative} from 'node:path';
import type {Verification} from '../../store/verify.js';
import {verifyStore} from '../../store/verify.js';
import {paintFor} from '../paint.js';
import type {Paint} from '../reporters/plain.js';
import {openStore} from '../workspace.js';

/** `strata verify` */
export async function verify({json = false}: {json?: boolean}): Promise<number> {
  const store = openStore();
  const found = await verifyStore(store);
  const root = relative('.', store.root) || '.';
  const text = json
    ? JSON.stringify({store: store.root, ...found}, null, 1)
    : existsSync(store.root)
      ? summary(root, found, paintFor(process.stdout))
      : `there is no store ${root} yet`;
  process.stdout.write(`${text}\n`);
  return found.damaged.length > 0 ? 3 : 0;
}

function summary(root: string, found: Verification, paint: Paint): string {
  const {results, blobs, bytes, damaged, unused, drafts} = found;
  const width = Math.max(...damaged.map(d => d.path.length));
  const lines = [`${root}: ${count(results, 'result')}, ${count(blobs, 'file')} of ${size(bytes)}`];
  if (damaged.length === 0) lines.push(paint('green', 'nothing is damaged'));
  for (const {path, why, aside} of damaged)
    lines.push(
      `${paint('red', 'damaged')}  ${path.padEnd(width)}  ${why}${aside ? '' : '; it could not be put aside'}`,
    );
  if (damaged.some(d => d.aside))
    lines.push('what is damaged was put aside in quarantine/; the next run that needs it makes it again');
  if (unused.blobs > 0)
    lines.push(
      paint('dim', `${count(unused.blobs, 'file')} of ${size(unused.bytes)} in no result; that is no damage`),
    );
  if (drafts > 0)
    lines.push(paint('dim', `${count(drafts, 'draft')} being written, or left behind by what was killed`));
  return lines.join('\n');
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'];

function size(bytes: number): string {
  let unit = 0;
  let value = bytes;
  for (; value >= 999.5 && unit < UNITS.length - 1; value /= 1000) unit++;
  return `${unit === 0 ? value : value.toPrecision(3)} ${UNITS[unit]!}`;
}
