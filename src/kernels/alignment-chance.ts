import type {KnnKernel} from './mutual-knn.js';

/**
 * What the `alignment` of two kernels is on average over all orders of the samples of the second, whose neighbours and products
 * go with them: the level of unrelated representations that have these kernels. Exact, in the time of one pass over both.
 *
 * An order makes entry (i, j) of the first meet entry (s(i), s(j)) of the second. Every term of the HSIC is a sum, over two
 * entries of each, of a factor from the first kernel and one from the second; and all that orders can do to two entries is to
 * send them to any two that share indices in the same way. So a term is, for each way, what the factors sum to in the first,
 * times what they sum to in the second, over the number of pairs of entries that share so.
 *
 * @param a, b of the same n samples, 4 at least, and the same k
 */
export function alignmentChance(a: KnnKernel, b: KnnKernel): number {
  const {n} = a.neighbors;
  // What is left of the products of one kernel is theirs times the places of neighbours in the other.
  const first = pairSums(a);
  const {chain, chainBack, ...alike} = pairSums(b);
  const second = {...alike, chain: chainBack, chainBack: chain};
  const pairs = n * (n - 1);
  const triples = pairs * (n - 2);
  const met = (way: keyof PairSums, count: number): number => (first[way] * second[way]) / count;
  const trace = met('back', pairs);
  const cross = trace + met('chain', triples);
  const product =
    cross +
    met('same', pairs) +
    met('chainBack', triples) +
    met('rows', triples) +
    met('columns', triples) +
    met('apart', triples * (n - 3));
  return (trace + product / ((n - 1) * (n - 2)) - (2 / (n - 2)) * cross) / (n * (n - 3));
}

/** Sums of x_ij y_kl over the pairs of entries that share no indices but those said. */
interface PairSums {
  /** k = i, l = j. */
  readonly same: number;
  /** k = j, l = i. */
  readonly back: number;
  /** k = j. */
  readonly chain: number;
  /** l = i. */
  readonly chainBack: number;
  /** k = i. */
  readonly rows: number;
  /** l = j. */
  readonly columns: number;
  readonly apart: number;
}

/** With x the products with the nearest neighbours, and y 1 where these are; both are 0 elsewhere. With x and y exchanged, chains are. */
function pairSums({neighbors: {n, k, indices}, products}: KnnKernel): PairSums {
  const ofRow = new Float64Array(n);
  const ofColumn = new Float64Array(n);
  const times = new Float64Array(n);
  let [same, back] = [0, 0];
  for (let i = 0; i < n; i++)
    for (let at = i * k; at < (i + 1) * k; at++) {
      const j = indices[at]!;
      const product = products[at]!;
      same += product;
      ofRow[i]! += product;
      ofColumn[j]! += product;
      times[j]!++;
      if (indices.subarray(j * k, (j + 1) * k).includes(i)) back += product;
    }
  // A row of y sums to k, a column to the times that its sample is a neighbour.
  const weighted = (sums: Float64Array): number => sums.reduce((sum, value, i) => sum + value * times[i]!, 0);
  const chain = k * same - back;
  const chainBack = weighted(ofRow) - back;
  const rows = k * same - same;
  const columns = weighted(ofColumn) - same;
  const apart = n * k * same - (same + back + chain + chainBack + rows + columns);
  return {same, back, chain, chainBack, rows, columns, apart};
}
