import {Type} from '#typebox';
import {principalPlane} from '../../kernels/principal-plane.js';
import {defineView} from './define.js';

export default defineView({
  name: 'pca',
  version: 2,
  summary: 'Samples along the two directions in which a layer varies most.',
  source:
    'Pearson 1901, Hotelling 1933: first two principal components, of each the sign that makes its largest coordinate positive; quality by Venna and Kaski 2001.',
  params: Type.Object({}),
  columns: [
    {name: 'explained_x', type: 'float', description: 'share of the variance of the layer along x'},
    {name: 'explained_y', type: 'float', description: 'share of the variance of the layer along y'},
  ],
  seeded: false,
  async view(x, _table, _params, {threads}) {
    const plane = await principalPlane(x, threads);
    if (plane === null) return null;
    const [explained_x, explained_y] = plane.explained;
    return {y: plane.y, about: {explained_x, explained_y}};
  },
});
