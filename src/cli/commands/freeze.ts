import {relative, resolve} from 'node:path';
import type {Plan} from '../../runner/plan.js';
import {lockOf} from '../../runner/lock.js';
import {writeLock} from '../../runner/lock-file.js';
import {openFile} from '../open.js';

/** `strata freeze FILE [OVERRIDE...]` */
export async function freeze(
  file: string,
  overrides: readonly string[],
  {overrideFile}: {readonly overrideFile: readonly string[]},
): Promise<number> {
  const opened = openFile(file, overrides, overrideFile);
  const plans = new Map<string | null, Plan>();
  for (const variant of opened.variants) plans.set(variant.id, (await opened.plan(variant)).plan);
  const lock = lockOf(resolve(file), plans);
  const written = writeLock(lock, commandOf(file, overrides, overrideFile));
  const {inputs, results} = lock;
  const holds = `${inputs.size} input${inputs.size === 1 ? '' : 's'}, ${results.size} results`;
  process.stdout.write(`${written ? '' : 'nothing new: '}${relative('.', lock.file)} (${holds})\n`);
  return 0;
}

/** The command as it would be given beside the experiment. */
function commandOf(file: string, overrides: readonly string[], overrideFiles: readonly string[]): string {
  const name = file.replace(/^.*[/\\]/, '');
  const words = [name, ...overrides, ...overrideFiles.map(f => `--override-file ${f}`)];
  return ['strata freeze', ...words].join(' ');
}
