import type {ImageOrigin, RawImage, Sample} from '../ports.js';
import {fail} from '../../diagnostics/diagnostic.js';
import {sha256} from './digest.js';

/** The images of a source: a sample's own bytes by its uri, and what picture they are. */
export interface ImageStore {
  /** The encoded file, or the raw record. What `Sample.sha256` is the digest of. */
  bytes(uri: string): Uint8Array | Promise<Uint8Array>;
  decode(bytes: Uint8Array, uri: string): RawImage | Promise<RawImage>;
  close(): void;
}

/** What it takes to find a sample's image again. */
export type ImageRef = Pick<Sample, 'id' | 'uri' | 'sha256'>;

/** Reads the images of a data set, one by one and in any order. */
export interface ImageReader {
  /** Errors: E301 and E302 for what cannot be read or decoded, or is no longer what was loaded. */
  read(sample: ImageRef): Promise<RawImage>;
  close(): void;
}

type Params = ImageOrigin['params'];

const STORES: Readonly<Record<string, (params: Params) => Promise<ImageStore>>> = {
  shapes: async p => (await import('./shapes-store.js')).openShapes(p.seed as number),
  'image-folder': async p => (await import('./image-file.js')).openFolder(p.path as string),
  idx: async p => (await import('./idx-file.js')).openIdxImages(p.images as string),
  cifar: async p =>
    (await import('./cifar-file.js')).openCifar(
      p.path as string,
      p.split as 'train' | 'test',
      p.labels as 'fine' | 'coarse',
    ),
};

/** Opens the images that a load stage listed, from the name and the parameters of its source. */
export async function openImages(origin: ImageOrigin): Promise<ImageReader> {
  const open = STORES[origin.source];
  if (open === undefined) fail('E501', `source "${origin.source}" has no images`);
  const store = await open(origin.params);
  return {
    read: async sample => {
      const bytes = await store.bytes(sample.uri);
      if (sha256(bytes) !== sample.sha256) {
        fail('E302', `image ${sample.id}: its bytes are not those that were loaded`, {
          hint: 'the data changed under the run: run again, or restore them',
        });
      }
      return store.decode(bytes, sample.uri);
    },
    close: () => store.close(),
  };
}
