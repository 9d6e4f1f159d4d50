import type {StageDefinition} from './define.js';

/** Every stage, by kind and name; each loads its code on first use. The catalogue and the schemas are generated from here. */
const STAGES: Readonly<Record<string, () => Promise<{default: StageDefinition}>>> = {
  'load/shapes': () => import('./load/shapes.js'),
  'load/image-folder': () => import('./load/image-folder.js'),
  'load/idx': () => import('./load/idx.js'),
  'load/cifar': () => import('./load/cifar.js'),
  'load/matrix': () => import('./load/matrix.js'),
  'load/activations': () => import('./load/activations.js'),
  'load/manifold': () => import('./load/manifold.js'),
  preprocess: () => import('./preprocess/preprocess.js'),
  extract: () => import('./extract/extract.js'),
  decimate: () => import('./decimate/decimate.js'),
  neighbors: () => import('./neighbors/neighbors.js'),
  'metric/twonn': () => import('./metric/twonn.js'),
  'metric/gride': () => import('./metric/gride.js'),
  'metric/anisotropy': () => import('./metric/anisotropy.js'),
  'metric/pca-id': () => import('./metric/pca-id.js'),
  'metric/eigenvalues': () => import('./metric/eigenvalues.js'),
  'metric/spectrum-alpha': () => import('./metric/spectrum-alpha.js'),
  'metric/cross-validated-alpha': () => import('./metric/cross-validated-alpha.js'),
  'metric/kstar': () => import('./metric/kstar.js'),
  'metric/token-correlation': () => import('./metric/token-correlation.js'),
  'metric/token-clusters': () => import('./metric/token-clusters.js'),
  'metric/neighborhood-overlap': () => import('./metric/neighborhood-overlap.js'),
  'metric/cka': () => import('./metric/cka.js'),
  'metric/rank-overlap': () => import('./metric/rank-overlap.js'),
  'metric/information-imbalance': () => import('./metric/information-imbalance.js'),
  'metric/mutual-knn': () => import('./metric/mutual-knn.js'),
  'metric/svcca': () => import('./metric/svcca.js'),
  'metric/block-analysis': () => import('./metric/block-analysis.js'),
  'metric/image-statistics': () => import('./metric/image-statistics.js'),
  'probe/linear': () => import('./probe/linear.js'),
  'probe/ridge': () => import('./probe/ridge.js'),
  'probe/knn': () => import('./probe/knn.js'),
  'probe/head': () => import('./probe/head.js'),
  'project/pca': () => import('./project/pca.js'),
  'project/tsne': () => import('./project/tsne.js'),
  'project/umap': () => import('./project/umap.js'),
  'plot/profile': () => import('./plot/profile.js'),
  'plot/scale': () => import('./plot/scale.js'),
  'plot/spectrum': () => import('./plot/spectrum.js'),
  'plot/matrix': () => import('./plot/matrix.js'),
  'plot/distribution': () => import('./plot/distribution.js'),
  'plot/token-map': () => import('./plot/token-map.js'),
  'plot/scatter': () => import('./plot/scatter.js'),
};

export const stageId = (kind: string, name: string | null): string =>
  name === null ? kind : `${kind}/${name}`;

export const STAGE_IDS: readonly string[] = Object.keys(STAGES);

/** Loads the definition of a stage. The id must be one of STAGE_IDS. */
export async function loadStage(id: string): Promise<StageDefinition> {
  const load = STAGES[id];
  if (load === undefined) throw new Error(`no stage "${id}" in the registry`);
  return (await load()).default;
}
