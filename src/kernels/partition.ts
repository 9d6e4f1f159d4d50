/** Labels numbered anew in the order in which they occur first, and the old label of each new one. */
export function renumbered(labels: Int32Array): {labels: Int32Array; order: number[]} {
  const names = new Map<number, number>();
  const renamed = labels.map(label => {
    const known = names.get(label);
    if (known !== undefined) return known;
    names.set(label, names.size);
    return names.size - 1;
  });
  return {labels: renamed, order: [...names.keys()]};
}

/** Sum of the squared distances of rows to the mean of their cluster. */
export function inertiaOf(
  {
    rows,
    cols,
    data,
  }: {readonly rows: number; readonly cols: number; readonly data: Float32Array | Float64Array},
  labels: Int32Array,
): number {
  const clusters = labels.reduce((most, label) => Math.max(most, label + 1), 0);
  const means = new Float64Array(clusters * cols);
  const counts = new Int32Array(clusters);
  for (let i = 0; i < rows; i++) counts[labels[i]!]!++;
  for (let i = 0; i < rows * cols; i++) {
    const label = labels[Math.floor(i / cols)]!;
    means[label * cols + (i % cols)]! += data[i]! / counts[label]!;
  }
  let sum = 0;
  for (let i = 0; i < rows * cols; i++)
    sum += (data[i]! - means[labels[Math.floor(i / cols)]! * cols + (i % cols)]!) ** 2;
  return sum;
}
