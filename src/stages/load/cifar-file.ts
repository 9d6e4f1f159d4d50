import {readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {fail} from '../../diagnostics/diagnostic.js';
import {type Bytes, openBytes, readBytes, unreadable} from './file.js';
import type {ImageStore} from './images.js';

const SIDE = 32;
const PLANE = SIDE * SIDE;
const PIXELS = 3 * PLANE;

/** One of the two official binary layouts (Krizhevsky 2009): label bytes, then the red, green and blue planes. */
interface Layout {
  readonly labels: 1 | 2;
  /** Files by split. */
  readonly files: Readonly<Record<'train' | 'test', RegExp>>;
  /** Where the label byte is and which file names the classes. */
  readonly names: Readonly<Partial<Record<'fine' | 'coarse', readonly [byte: number, file: string]>>>;
}

const CIFAR10: Layout = {
  labels: 1,
  files: {train: /^data_batch_(\d+)\.bin$/, test: /^test_batch\.bin$/},
  names: {fine: [0, 'batches.meta.txt']},
};

const CIFAR100: Layout = {
  labels: 2,
  files: {train: /^train\.bin$/, test: /^test\.bin$/},
  names: {coarse: [0, 'coarse_label_names.txt'], fine: [1, 'fine_label_names.txt']},
};

export interface CifarRecord {
  /** File and number in it: `test_batch.bin#17`. */
  readonly uri: string;
  readonly label: number;
}

export interface CifarFolder extends ImageStore {
  /** Class names by label. Errors: E301. */
  classes(): Promise<string[]>;
  /** All records, in the order of the files. Errors: E302 for a label without a name. */
  records(classes: readonly string[]): CifarRecord[];
}

/**
 * Opens CIFAR-10 or CIFAR-100 in the official binary layout; the file names tell which.
 *
 * Errors: E301 for missing files, E302 for truncated ones, E304 for labels that the data set does not have.
 */
export async function openCifar(
  folder: string,
  split: 'train' | 'test',
  labels: 'fine' | 'coarse',
): Promise<CifarFolder> {
  const entries = await readdir(folder).catch((error: unknown) => unreadable(folder, error));
  const has = (pattern: RegExp): boolean => entries.some(e => pattern.test(e));
  const layout = [CIFAR10, CIFAR100].find(l => has(l.files[split]));
  if (layout === undefined) {
    const other = split === 'train' ? 'test' : 'train';
    const hint =
      has(CIFAR10.files[other]) || has(CIFAR100.files[other])
        ? `the folder has the split "${other}"`
        : undefined;
    fail(
      'E301',
      `${folder}: no CIFAR files of the split "${split}" (data_batch_*.bin, test_batch.bin, train.bin, test.bin)`,
      {
        ...(hint === undefined ? {} : {hint}),
      },
    );
  }
  const naming = layout.names[labels];
  if (naming === undefined)
    fail('E304', `${folder}: CIFAR-10 has no ${labels} labels`, {hint: 'use "labels: fine"'});
  const [labelByte, namesFile] = naming;
  const stride = layout.labels + PIXELS;

  const files = new Map<string, Bytes>();
  const close = (): void => files.forEach(f => f.close());
  try {
    for (const name of inOrder(entries, layout.files[split], folder)) {
      const file = await openBytes(join(folder, name));
      files.set(name, file);
      const rest = file.size % stride;
      if (rest !== 0 || file.size === 0) {
        const row = Math.floor(file.size / stride);
        fail(
          'E302',
          `${file.path}: truncated in record ${row}: starts at byte ${row * stride}, has ${rest} bytes of ${stride}`,
        );
      }
    }
  } catch (error) {
    close();
    throw error;
  }

  return {
    classes: async () => {
      const text = (await readBytes(join(folder, namesFile))).toString('utf8');
      return text
        .split(/\r?\n/)
        .map(l => l.trim())
        .filter(l => l !== '');
    },
    records: classes =>
      [...files].flatMap(([name, file]) =>
        Array.from({length: file.size / stride}, (_, row) => {
          const offset = row * stride + labelByte;
          const label = file.read(offset, 1)[0]!;
          if (label >= classes.length) {
            fail(
              'E302',
              `${file.path}: record ${row}, byte ${offset}: label ${label}, but there are ${classes.length} classes`,
            );
          }
          return {uri: `${name}#${row}`, label};
        }),
      ),
    bytes: uri => {
      const [name, row] = uri.split('#') as [string, string];
      return files.get(name)!.read(Number(row) * stride + layout.labels, PIXELS);
    },
    decode: planes => {
      const data = new Uint8Array(PIXELS);
      for (let i = 0, o = 0; i < PLANE; i++) {
        data[o++] = planes[i]!;
        data[o++] = planes[PLANE + i]!;
        data[o++] = planes[2 * PLANE + i]!;
      }
      return {width: SIDE, height: SIDE, channels: 3, data};
    },
    close,
  };
}

/** The files of a split by their number; a gap in the numbers is a missing file. */
function inOrder(entries: readonly string[], pattern: RegExp, folder: string): string[] {
  const numbered = entries.flatMap(name => {
    const match = pattern.exec(name);
    return match === null ? [] : [{name, number: Number(match[1] ?? 1)}];
  });
  numbered.sort((a, b) => a.number - b.number);
  numbered.forEach(({number}, i) => {
    if (number !== i + 1)
      fail('E301', `${join(folder, `data_batch_${i + 1}.bin`)}: no such file`, {
        hint: 'the batches after it are there',
      });
  });
  return numbered.map(f => f.name);
}
