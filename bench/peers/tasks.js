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

/** Rows of each of the spectra, and layers that are compared. */
export const SOME = 1000;
export const LAYERS = 12;

/** What the columns of a layer are multiplied by, so that layers differ. */
export const weight = (layer, column) => 0.2 + ((column * (layer + 1)) % 7) / 7;

function alike(a, b) {
  return `differ by ${digits(a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0))} at most`;
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
  spectra: {
    title: '10 spectra of 1000 x 768',
    data: 'points',
    rounds: 3,
    peers: ['numpy'],
    agree: eigenvalues,
  },
  cka: {
    title: `linear CKA of ${LAYERS} x ${LAYERS} layers, 10000 x 768`,
    data: 'points',
    rounds: 1,
    peers: ['torch'],
    agree: alike,
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
