/** The integers from `start` to `end`, the latter excluded. */
export function range(start: number, end: number): Int32Array {
  const values = new Int32Array(Math.max(0, end - start));
  for (let i = 0; i < values.length; i++) values[i] = start + i;
  return values;
}
