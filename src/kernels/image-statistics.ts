export interface ImageStatistics {
  /** Mean luma. */
  readonly luminance: number;
  /** Standard deviation of the luma (ddof 0): RMS contrast (Peli 1990). */
  readonly contrast: number;
  /**
   * Mean of gx^2 + gy^2 over the inner pixels, with Sobel's derivatives over 8: change of luma per pixel. Null for fewer than 3 x 3
   * pixels.
   */
  readonly edgeEnergy: number | null;
}

/**
 * Simple statistics of a picture.
 *
 * @param luma row-major, height x width, at least one pixel
 */
export function imageStatistics(luma: Float64Array, width: number, height: number): ImageStatistics {
  const count = luma.length;
  const luminance = luma.reduce((sum, value) => sum + value, 0) / count;
  const variance = luma.reduce((sum, value) => sum + (value - luminance) ** 2, 0) / count;
  return {luminance, contrast: Math.sqrt(variance), edgeEnergy: edgeEnergy(luma, width, height)};
}

function edgeEnergy(luma: Float64Array, width: number, height: number): number | null {
  if (width < 3 || height < 3) return null;
  let sum = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x;
      const [up, down] = [at - width, at + width];
      const northWest = luma[up - 1]!;
      const northEast = luma[up + 1]!;
      const southWest = luma[down - 1]!;
      const southEast = luma[down + 1]!;
      const gx = northEast + 2 * luma[at + 1]! + southEast - northWest - 2 * luma[at - 1]! - southWest;
      const gy = southWest + 2 * luma[down]! + southEast - northWest - 2 * luma[up]! - northEast;
      sum += (gx * gx + gy * gy) / 64;
    }
  }
  return sum / ((width - 2) * (height - 2));
}
