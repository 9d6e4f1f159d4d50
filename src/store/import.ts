import {copyFileSync, constants} from 'node:fs';
import {fail} from '../diagnostics/diagnostic.js';
import {hashFile} from './hash-file.js';
import type {Manifest} from './manifest.js';
import {storeErrors} from './store-errors.js';
import type {Store} from './store.js';

/**
 * Puts a result of another store into this one, under the key of its record, which the caller may have replaced. Its files
 * are copied, or shared where the file system can do that, and hashed again.
 *
 * @throws E736 if a file is no longer what the manifest says, E601
 */
export function importResult(to: Store, {record, type, parts, seconds}: Manifest, from: Store): Manifest {
  const draft = to.draft();
  try {
    for (const {name, digest, blob, meta} of parts) {
      const file = draft.path();
      storeErrors(file, () => copyFileSync(from.blob(blob), file, constants.COPYFILE_FICLONE));
      if (storeErrors(file, () => hashFile(file)) !== blob)
        fail('E736', `${from.blob(blob)} is damaged`, {hint: '"strata verify" checks the whole store'});
      draft.add(name, digest, file, meta, blob);
    }
    return draft.commit(record, type, seconds);
  } finally {
    draft.discard();
  }
}
