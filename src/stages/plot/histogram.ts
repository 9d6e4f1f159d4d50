export interface Bin {
  readonly start: number;
  readonly end: number;
  /** Values in it, as a share of all. */
  readonly share: number;
}

/** Edges of bins of one width over some values: at most `count` bins. Bins of whole numbers hold as many of them each. */
export function binEdges(values: readonly number[], count: number, whole: boolean): number[] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (whole) {
    const width = Math.max(1, Math.ceil((high - low + 1) / count));
    const bins = Math.ceil((high - low + 1) / width);
    return Array.from({length: bins + 1}, (_, i) => low - 0.5 + i * width);
  }
  if (low === high) return [low - (Math.abs(low) || 1) / 20, low + (Math.abs(low) || 1) / 20];
  // Shares fill [0, 1] where they nearly do.
  const [start, end] = low >= 0 && high <= 1 && high > 0.5 ? [0, 1] : [low, high];
  return Array.from({length: count + 1}, (_, i) => start + ((end - start) * i) / count);
}

/** How many of the values lie in each bin; what lies on an edge belongs to the bin above it, at the last edge to the last bin. */
export function histogram(values: readonly number[], edges: readonly number[]): Bin[] {
  const bins = edges.length - 1;
  const [start, end] = [edges[0]!, edges[bins]!];
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) {
    const at = Math.floor(((value - start) / (end - start)) * bins);
    counts[Math.max(0, Math.min(bins - 1, at))]! += 1;
  }
  return counts.map((n, i) => ({start: edges[i]!, end: edges[i + 1]!, share: n / values.length}));
}
