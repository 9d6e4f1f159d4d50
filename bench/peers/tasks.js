// What is compared: the data, the peers, how often, and in what way two results agree. A result is a list of numbers, the same
// for every side: indices of neighbours, eigenvalues, the objective, or coordinates.

/** k of the neighbours. */
export const K = 30;
/** Weight of the losses in logistic regression. */
export const C = 0.316;

const digits = value => value.toPrecision(4);

/** Share of the neighbours of all rows that both found, in whatever order. */
function common(a, b) {
  let count = 0;
  for (let at = 0; at < a.length; at += K) {
    const found = new Set(a.subarray(at, at + K));
    for (const index of b.subarray(at, at + K)) if (found.has(index)) count++;
  }
  return `${((100 * count) / a.length).toFixed(3)} % of the neighbours in common`;
}

function eigenvalues(a, b) {
  const apart = a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
  return `eigenvalues differ by ${digits(apart / a[0])} of the largest at most`;
}

const views = {data: 'small', rounds: 1, agree: null};

export const TASKS = {
  neighbors: {
    title: `${K} nearest neighbours, 10000 x 768`,
    data: 'points',
    rounds: 3,
    peers: ['scikit-learn brute', 'torch'],
    agree: common,
  },
  spectrum: {
    title: 'PCA spectrum, 10000 x 768',
    data: 'points',
    rounds: 3,
    peers: ['scikit-learn full', 'scikit-learn auto'],
    agree: eigenvalues,
  },
  logistic: {
    title: `logistic regression, 10000 x 768, 100 classes, C ${C}`,
    data: 'classes',
    rounds: 2,
    peers: ['scikit-learn'],
    agree: ([own], [other]) => `objective ${own.toFixed(3)}, of the peer ${other.toFixed(3)}`,
  },
  tsne: {title: 't-SNE, 5000 x 64', view: 'tsne', peers: ['scikit-learn'], ...views},
  umap: {title: 'UMAP, 5000 x 64', view: 'umap', peers: ['umap-learn'], ...views},
};
