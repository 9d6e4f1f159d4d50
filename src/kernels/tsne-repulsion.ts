/**
 * Adds sum over j of (1 + d_ij^2)^-2 (y_i - y_j) to the force on every point, and gives the sum of (1 + d_ij^2)^-1 over all ordered pairs.
 * Points and forces are in the plane, x before y of each.
 */
export type Repulsion = (y: Float64Array, forces: Float64Array) => number;

/** The repulsive forces of t-SNE, pair by pair. */
export const exactRepulsion: Repulsion = (y, forces) => {
  const end = y.length;
  let total = 0;
  for (let i = 0; i < end; i += 2) {
    const px = y[i]!;
    const py = y[i + 1]!;
    let fx = 0;
    let fy = 0;
    for (let j = i + 2; j < end; j += 2) {
      const dx = px - y[j]!;
      const dy = py - y[j + 1]!;
      const q = 1 / (1 + dx * dx + dy * dy);
      total += q;
      const square = q * q;
      fx += square * dx;
      fy += square * dy;
      forces[j]! -= square * dx;
      forces[j + 1]! -= square * dy;
    }
    forces[i]! += fx;
    forces[i + 1]! += fy;
  }
  return 2 * total;
};
