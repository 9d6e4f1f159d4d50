import {existsSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

const folder = fileURLToPath(new URL('../../../shared/', import.meta.url));

/** Whether the folder with the large models and data sets lies beside the checkout. */
export const hasShared = existsSync(folder);
if (!hasShared) console.warn(`skipping what needs the real models and data: no ${folder}`);

/** Absolute path of a file in that folder. */
export const shared = (path: string): string => folder + path;
