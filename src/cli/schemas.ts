import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import type {Validate, Violation} from '../config/catalogue.js';
import type {Catalogue} from '../stages/catalogue.js';
import {packageFile} from './package.js';

/** The generated catalogue of stages. */
export const loadCatalogue = (): Catalogue =>
  JSON.parse(readFileSync(packageFile('schemas/catalogue.json'), 'utf8')) as Catalogue;

type Compiled = ((value: unknown) => boolean) & {errors?: Violation[] | null};

/** The generated validators. */
export function loadValidate(): Validate {
  const validators = createRequire(import.meta.url)(packageFile('schemas/validators.cjs')) as Record<
    string,
    Compiled
  >;
  return (entry, value) => {
    const validate = validators[entry.name === null ? entry.kind : `${entry.kind}/${entry.name}`]!;
    return validate(value) ? [] : (validate.errors ?? []);
  };
}
