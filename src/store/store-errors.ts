import {StrataError} from '../diagnostics/diagnostic.js';
import {isSystemError, reasonOf} from '../diagnostics/system-error.js';

const ROOM =
  'make room on its file system (strata gc drops what no run needs), or choose another store with STRATA_STORE';
const RIGHTS = 'check who may read and write there, or choose another store with STRATA_STORE';

/** What to do, by the code of the system's error. */
const HINTS: Readonly<Record<string, string>> = {
  ENOSPC: ROOM,
  EDQUOT: ROOM,
  EACCES: RIGHTS,
  EPERM: RIGHTS,
  EROFS: RIGHTS,
  EIO: 'the disk may be failing: strata verify tells what is damaged',
  EMFILE: 'let a process open more files (ulimit -n)',
  ENFILE: 'let the system open more files at once',
};
const HINT = 'check the permissions and the space of its file system, or choose another with STRATA_STORE';

/**
 * What to throw in place of an error met in the store: an error of the system becomes E601, naming the path, the reason
 * in words and what to do. All others stay as they are.
 *
 * @param path what was being read or written, for errors that do not say: the store's folder or a file in it
 */
export function storeError(path: string, error: unknown): unknown {
  if (!isSystemError(error)) return error;
  const at = `${error.syscall ?? 'use'} ${error.path ?? path}`;
  const hint = HINTS[error.code] ?? HINT;
  return new StrataError([{code: 'E601', message: `cannot use the store: ${reasonOf(error)} (${at})`, hint}]);
}

/**
 * Runs something that reads or writes the store; see `storeError` for what it throws, or rejects with.
 *
 * @throws E601
 */
export function storeErrors<T>(path: string, body: () => T): T {
  try {
    const value = body();
    if (!(value instanceof Promise)) return value;
    return value.catch((error: unknown) => {
      throw storeError(path, error);
    }) as T;
  } catch (error) {
    throw storeError(path, error);
  }
}
