import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {NAME} from '../../config/envelope.js';
import {fail} from '../../diagnostics/diagnostic.js';
import {suggestion} from '../../diagnostics/suggest.js';
import type {SourceName} from './data.js';
import {SOURCES} from './data.js';

/** What a first experiment is told to be; what is left out is asked, or has a default. */
export interface Wishes {
  readonly name?: string | undefined;
  readonly data?: SourceName | undefined;
  readonly path?: string | undefined;
  readonly labels?: string | undefined;
  readonly model?: string | undefined;
  readonly metric?: readonly string[] | undefined;
}

/** Where experiments are written. */
export const FOLDER = 'experiments';

/**
 * The file of a new experiment.
 *
 * @throws E114 for what cannot be a name, E722 if the file is there already
 */
export function newFile(name: string): string {
  if (!NAME.test(name))
    fail('E114', `"${name}" cannot be the name of an experiment`, {
      hint: 'letters, digits, ".", "_" and "-", a letter or digit first',
    });
  const file = join(FOLDER, `${name}.yaml`);
  if (existsSync(file)) fail('E722', `${file} is there already`, {hint: 'another name: strata init NAME'});
  return file;
}

export function sourceNamed(name: string): SourceName {
  const found = SOURCES.find(s => s === name);
  if (found !== undefined) return found;
  const hint = suggestion(name, SOURCES, 'there are');
  fail('E713', `there is no source of data "${name}"`, hint === null ? {} : {hint});
}

/** Names, with spaces or commas between them. */
export const listed = (text: string): string[] => text.split(/[\s,]+/).filter(word => word !== '');
