/** Ends of a scale of colours over some values. Shares start from zero; other quantities do not. */
export function colorDomain(values: readonly number[]): [low: number, high: number] {
  if (values.length === 0) return [0, 1];
  const low = Math.min(...values);
  const high = Math.max(...values);
  if (low >= 0 && high <= 1 && high > 0) return [0, high];
  return low === high ? [low, low + (Math.abs(low) || 1)] : [low, high];
}
