/** A table of numbers to measure: rows of `cols` values and a class, the same on every machine. */
export function matrixCsv(rows: number, {cols = 3, from = 1}: {cols?: number; from?: number} = {}): string {
  let state = from;
  // Park and Miller 1988: exact in doubles.
  const next = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
  const header = [...Array.from({length: cols}, (_, i) => `x${i}`), 'class'].join(',');
  const lines = Array.from({length: rows}, (_, i) =>
    [...Array.from({length: cols}, () => next().toFixed(4)), i % 3].join(','),
  );
  return `${[header, ...lines].join('\n')}\n`;
}

/** An experiment of a few quick stages over `data.csv`, without a model. */
export const MATRIX = `strata: 1
name: matrix
seed: 1
params: {k: 10}
stages:
  data: {stage: load, source: matrix, path: data.csv, label: class}
  scales: {stage: decimate, from: data, fractions: [1, 0.5], repeats: 2}
  id: {stage: metric, metric: twonn, from: scales}
  overlap: {stage: metric, metric: neighborhood-overlap, from: data, with: labels, k: '\${params.k}'}
`;

/** An experiment that goes all the way from pictures through a model to a figure. */
export const PICTURES = `strata: 1
name: pictures
seed: 0
params: {n: 72, k: 10, model: models/shapes-vit/final.onnx}
stages:
  shapes: {stage: load, source: shapes, n: '\${params.n}'}
  pixels: {stage: preprocess, from: shapes, preset: auto, model: '\${params.model}'}
  hidden: {stage: extract, from: pixels, model: '\${params.model}', layers: [blocks.1, norm], pool: cls}
  scales: {stage: decimate, from: hidden, fractions: [1, 0.5], repeats: 2}
  id: {stage: metric, metric: twonn, from: scales}
  overlap: {stage: metric, metric: neighborhood-overlap, from: hidden, with: labels, k: '\${params.k}'}
  figure: {stage: plot, plot: profile, from: [id, overlap]}
`;

/** The least that has a stage with and one without units. */
export const SMALL = `strata: 1
name: small
stages:
  data: {stage: load, source: matrix, path: data.csv, label: class}
  spread: {stage: metric, metric: anisotropy, from: data}
`;
