import {execFile} from 'node:child_process';

/** The state of the repository that a folder is in, when a run began. */
export interface GitState {
  /** Null before the first commit. */
  readonly commit: string | null;
  /** Null if no branch is checked out. */
  readonly branch: string | null;
  /** The first files, by path from the root of the repository, that are not as they were committed, new ones included. */
  readonly dirty: readonly string[];
  /** How many there are. */
  readonly dirtyFiles: number;
}

/** Files that are named. */
const NAMED = 50;
/** Milliseconds that git may take; a repository that is slower is not told of. */
const PATIENCE = 3000;

/** Asks git, and changes nothing, not even its index. Null where there is no repository, no git, or no answer in time. */
export function gitState(folder: string): Promise<GitState | null> {
  const args = ['-C', folder, 'status', '--porcelain=v2', '--branch', '--no-renames', '-z'];
  const options = {
    timeout: PATIENCE,
    maxBuffer: 1 << 26,
    env: {...process.env, GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C'},
  };
  return new Promise(resolve =>
    execFile('git', args, options, (error, stdout) => resolve(error === null ? read(stdout) : null)),
  );
}

/** Reads entries that each end with a NUL: headers `# name value`, changes `1 XY sub mH mI mW hH hI path`, new files `? path`. */
function read(text: string): GitState {
  const entries = text.split('\0').filter(entry => entry !== '');
  const header = (name: string, none: string): string | null => {
    const value = entries.find(e => e.startsWith(`# ${name} `))?.slice(name.length + 3) ?? none;
    return value === none ? null : value;
  };
  const dirty = entries.filter(entry => !entry.startsWith('#')).map(pathOf);
  return {
    commit: header('branch.oid', '(initial)'),
    branch: header('branch.head', '(detached)'),
    dirty: dirty.slice(0, NAMED),
    dirtyFiles: dirty.length,
  };
}

/** How many fields stand before the path in an entry, by its kind. */
const FIELDS: Readonly<Record<string, number>> = {'1': 8, u: 10, '?': 1};

function pathOf(entry: string): string {
  const fields = entry.split(' ');
  return fields.slice(FIELDS[fields[0]!] ?? 1).join(' ');
}
