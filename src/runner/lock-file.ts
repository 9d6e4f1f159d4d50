import {readFileSync, renameSync, writeFileSync} from 'node:fs';
import {relative} from 'node:path';
import {fail} from '../diagnostics/diagnostic.js';
import {isSystemError} from '../diagnostics/system-error.js';

/**
 * What an experiment reads and what came of it, kept beside its file under version control: digests by what they are of.
 * As a file it is YAML with one fact a line, in the order of their names, so that changes of different things merge.
 */
export interface Lock {
  /** Absolute path. */
  readonly file: string;
  /** Of outside files, as `STAGE PATH` with paths relative to the lock. */
  readonly inputs: ReadonlyMap<string, string>;
  /** Of results, as `STAGE PART`. */
  readonly results: ReadonlyMap<string, string>;
}

/** The lock that belongs to the file of an experiment. */
export const lockFileOf = (file: string): string => `${file.replace(/\.ya?ml$/, '')}.lock.yaml`;

const sorted = (facts: ReadonlyMap<string, string>): string[] =>
  [...facts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([fact, digest]) => `  ${JSON.stringify(fact)}: ${JSON.stringify(digest)}`);

/**
 * Writes a lock, unless its file says the same already; whether it did.
 *
 * @param command what writes it again
 * @throws E732 if it cannot be written
 */
export function writeLock({file, inputs, results}: Lock, command: string): boolean {
  const lines = [
    '# What an experiment reads and what comes of it, by sha256 of the content.',
    `# Written by "${command}"; "strata run --frozen" holds a run to it.`,
    'lock: 1',
    'inputs:',
    ...sorted(inputs),
    'results:',
    ...sorted(results),
  ];
  const text = `${lines.join('\n')}\n`;
  try {
    if (textOf(file) === text) return false;
    const draft = `${file}.draft`;
    writeFileSync(draft, text);
    renameSync(draft, file);
    return true;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return fail('E732', `cannot write ${file}: ${error.message}`);
  }
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

const FACT = /^ {2}("(?:[^"\\]|\\.)+"): "([0-9a-f]{64})"$/;

/**
 * Reads the lock of an experiment.
 *
 * @throws E732 if there is none, or one that "strata freeze" has not written
 */
export function readLock(experiment: string): Lock {
  const file = lockFileOf(experiment);
  const shown = relative('.', file);
  const again = {hint: `strata freeze ${relative('.', experiment)}`};
  let text: string | null;
  try {
    text = textOf(file);
  } catch (error) {
    fail('E732', `cannot read ${shown}: ${(error as Error).message}`);
  }
  if (text === null) fail('E732', `there is no lock ${shown}`, again);
  const lock = {file, inputs: new Map<string, string>(), results: new Map<string, string>()};
  let section: Map<string, string> | null = null;
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line === '' || line.startsWith('#') || line === 'lock: 1') continue;
    const fact = FACT.exec(line);
    if (line === 'inputs:') section = lock.inputs;
    else if (line === 'results:') section = lock.results;
    else if (fact !== null && section !== null) section.set(JSON.parse(fact[1]!) as string, fact[2]!);
    else
      fail('E732', `a lock has no such line`, {
        ...again,
        place: {file, line: i + 1, col: 1, width: Math.max(1, line.length), text: line},
      });
  }
  return lock;
}
