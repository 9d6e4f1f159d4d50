/** How a legend tells the variants of a sweep apart. */
export interface VariantNames {
  readonly title: string;
  /** In the order of the ids. */
  readonly names: readonly string[];
  /** Whether the variants go along one quantity, in the order in which its values were written. */
  readonly ordered: boolean;
}

/** Of variants that change one and the same value (`k=5`, `k=10`) the legend is headed by its path and lists the values. */
export function variantNames(ids: readonly string[]): VariantNames {
  const parts = ids.map(id => /^([^=,]+)=([^=,]+)$/.exec(id));
  const path = parts[0]?.[1];
  if (path === undefined || parts.some(part => part?.[1] !== path))
    return {title: 'variant', names: ids, ordered: false};
  return {title: path, names: parts.map(part => part![2]!), ordered: true};
}
