import {fail} from '../../diagnostics/diagnostic.js';

/** Where the patch tokens of an image lie. */
export interface Grid {
  /** Number of the first patch token: how many special ones stand before it. */
  readonly first: number;
  /** Patches in a row of the image. */
  readonly width: number;
}

/** More special tokens than any model has: class, distillation, registers. */
const MOST_SPECIAL = 16;

/**
 * The grid of the patches among all tokens: as told, or else the largest square that leaves few tokens before it.
 *
 * @param tokens all tokens of a sample
 * @param grid rows and columns of patches
 * @throws E501 if the tokens do not make such a grid
 */
export function gridOf(
  tokens: number,
  {special, grid}: {readonly special: number | null; readonly grid: readonly number[] | null},
): Grid {
  if (grid !== null) {
    const [rows, columns] = grid as readonly [number, number];
    const first = special ?? tokens - rows * columns;
    if (first >= 0 && first + rows * columns === tokens) return {first, width: columns};
    fail(
      'E501',
      `${tokens} tokens are not ${special === null ? '' : `${special} and `}a grid of ${rows} x ${columns} patches`,
      {hint: 'set grid to the rows and columns of patches, and special to the number of tokens before them'},
    );
  }
  const width = Math.floor(Math.sqrt(tokens - (special ?? 0)));
  const first = tokens - width * width;
  if (width > 0 && (special === null ? first <= MOST_SPECIAL : first === special)) return {first, width};
  fail(
    'E501',
    `${tokens} tokens${special === null ? '' : `, less ${special},`} are not a square of patches`,
    {
      hint: 'set grid: [rows, columns] of the patches',
    },
  );
}
