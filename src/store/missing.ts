import {readdirSync} from 'node:fs';

/** Whether a file or folder was not there; also where a network's file system says so of one that was a moment ago. */
export function isMissing(error: unknown): boolean {
  const {code} = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ESTALE';
}

/** What a read gives; undefined where there was nothing to read. */
export function ifThere<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Names in a folder, in order; none where there is no such folder. */
export const listed = (folder: string): string[] => (ifThere(() => readdirSync(folder)) ?? []).sort();
