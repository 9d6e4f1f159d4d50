import {existsSync} from 'node:fs';
import type {Diagnostic} from '../diagnostics/diagnostic.js';

/** What a shell would have replaced, had the word not been in quotes. */
const PATTERN = /[*?[\]{}]/;

/**
 * The files that words of the command line name: each word a file, or a pattern such as `experiments/**\/*.yaml`, whose files
 * come in the order of their names. Each file once. A pattern without files is added to `problems`.
 */
export async function matchFiles(words: readonly string[], problems: Diagnostic[]): Promise<string[]> {
  const files = new Set<string>();
  for (const word of words) {
    if (!PATTERN.test(word) || existsSync(word)) {
      files.add(word);
      continue;
    }
    const {glob} = await import('tinyglobby');
    const found = await glob(word, {expandDirectories: false, ignore: '**/node_modules/**'});
    if (found.length === 0)
      problems.push({code: 'E721', message: `no file matches ${word}`, hint: `looked in ${process.cwd()}`});
    for (const file of found.sort()) files.add(file);
  }
  return [...files];
}
