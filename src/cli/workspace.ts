import {resolve} from 'node:path';
import type {StoreOptions} from '../store/store.js';
import {Store} from '../store/store.js';

/** Where runs write: `outputs/` of the working directory. */
export const outputsFolder = (): string => resolve('outputs');

/** The store: `outputs/.store`, unless STRATA_STORE names another folder. */
export function openStore(options: StoreOptions = {}): Store {
  const named = process.env['STRATA_STORE'];
  return new Store(named === undefined || named === '' ? resolve('outputs/.store') : resolve(named), options);
}
