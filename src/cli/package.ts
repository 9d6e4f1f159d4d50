import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

/** Absolute path of a file of this package. */
export const packageFile = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

export const packageVersion = (): string =>
  (JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as {version: string}).version;
