import {readFileSync} from 'node:fs';
import {packageFile} from '../package.js';

/** `strata schema` */
export function schema(): Promise<number> {
  process.stdout.write(readFileSync(packageFile('schemas/experiment.schema.json')));
  return Promise.resolve(0);
}
