import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import type {Validate, Violation} from '../config/catalogue.js';
import type {Catalogue, Definition} from '../stages/catalogue.js';
import {packageFile} from './package.js';

/** The generated catalogue of stages. */
export const loadCatalogue = (): Catalogue =>
  JSON.parse(readFileSync(packageFile('schemas/catalogue.json'), 'utf8')) as Catalogue;

/** The definitions of stages by id, of those that have one. */
export const loadDefinitions = (): Readonly<Record<string, Definition>> =>
  JSON.parse(readFileSync(packageFile('schemas/definitions.json'), 'utf8')) as Record<string, Definition>;

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
