/**
 * Procedural pictures of textured shapes, 32 x 32 RGB: a data set that needs no files. The class is the shape and the texture
 * together; everything else (place, size, turn, colours, light, clutter, noise) is drawn at random and says nothing about it.
 *
 * An image is a function of (seed, index) alone and the same bytes on every machine: only integer arithmetic and the operations
 * that IEEE 754 rounds exactly (+, -, *, / and the square root) are used. Hence turns are unit vectors, not angles.
 */

/** Width and height of an image in pixels. */
export const shapesSize = 32;

type Random = () => number;
type Rgb = readonly [number, number, number];
type Vector = readonly [number, number];

/** A point set about the origin: what lies in the disc of `radius` and outside at most `spare` of the `edges`. */
interface Shape {
  readonly radius: number;
  /** Half-planes x * nx + y * ny <= d, as [nx, ny, d]. */
  readonly edges: readonly (readonly [number, number, number])[];
  readonly spare: number;
}

const C72 = (Math.sqrt(5) - 1) / 4;
const C36 = (Math.sqrt(5) + 1) / 4;
const S72 = Math.sqrt(1 - C72 * C72);
const S36 = Math.sqrt(1 - C36 * C36);
const S60 = Math.sqrt(3) / 2;

/** The shapes, of like area. */
const SHAPES: Readonly<Record<string, Shape>> = {
  disc: {radius: 1, edges: [], spare: 0},
  square: rectangle(0.9, 0.9),
  triangle: {
    radius: 1.48,
    edges: [
      [0, 1, 0.74],
      [S60, -0.5, 0.74],
      [-S60, -0.5, 0.74],
    ],
    spare: 0,
  },
  // The five points of a pentagram each lie beyond one of its five edges.
  star: {
    radius: 0.46 / C72,
    edges: [
      [0, 1, 0.46],
      [S72, C72, 0.46],
      [-S72, C72, 0.46],
      [S36, -C36, 0.46],
      [-S36, -C36, 0.46],
    ],
    spare: 1,
  },
};

/** Half its width, half its height. */
function rectangle(a: number, b: number): Shape {
  return {
    radius: Math.sqrt(a * a + b * b),
    edges: [
      [1, 0, a],
      [-1, 0, a],
      [0, 1, b],
      [0, -1, b],
    ],
    spare: 0,
  };
}

/**
 * Where a figure takes its second ink: with (a, b) in [-1/2, 1/2)² the place within a repeat of the pattern, where
 * a² + b² * round < limit. Dots if round is 1, stripes if it is 0.
 */
interface Texture {
  readonly round: number;
  readonly limit: number;
}

const TEXTURES: Readonly<Record<string, Texture>> = {
  plain: {round: 0, limit: 0},
  striped: {round: 0, limit: 1 / 16},
  dotted: {round: 1, limit: 1 / 10},
};

/** Side of the pattern's repeat in pixels. */
const PERIOD = 4.5;

/** A shape laid on the image. Directions are unit vectors: the images of the x axis. */
interface Figure {
  readonly shape: Shape;
  /** Pixels per unit of the shape. */
  readonly size: number;
  readonly centre: Vector;
  readonly direction: Vector;
  readonly inks: readonly [Rgb, Rgb];
  readonly texture: Texture;
  readonly textureDirection: Vector;
}

const KINDS = Object.entries(SHAPES).flatMap(([shapeName, shape]) =>
  Object.entries(TEXTURES).map(([textureName, texture]) => ({
    name: `${textureName} ${shapeName}`,
    shape,
    texture,
  })),
);

/** Class names by label: every texture of the first shape, then of the next. */
export const shapesClasses: readonly string[] = KINDS.map(k => k.name);

/** A 32-bit integer hash with full avalanche (the finaliser of MurmurHash3, Appleby 2011). */
function mix(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}

/** Uniform numbers in [0, 1): the n-th of a stream is the hash of its own key and n (a Weyl sequence, as in SplitMix: Steele 2014). */
function stream(seed: number, index: number): Random {
  const key = mix(mix(mix(seed) ^ 0x5ba9e5) + index);
  let n = 0;
  return () => (mix(Math.imul(++n, 0x9e3779b9) + key) >>> 0) / 4294967296;
}

const between = (random: Random, low: number, high: number): number => low + (high - low) * random();

/** A unit vector of uniform direction: a point of the disc, made one long (von Neumann 1951). */
function direction(random: Random): Vector {
  for (;;) {
    const x = between(random, -1, 1);
    const y = between(random, -1, 1);
    const square = x * x + y * y;
    if (square > 0.01 && square <= 1) {
      const length = Math.sqrt(square);
      return [x / length, y / length];
    }
  }
}

/** Hue (in turns, any real number), saturation and lightness in [0, 1] to RGB in [0, 255]. */
function hsl(hue: number, saturation: number, lightness: number): Rgb {
  const chroma = saturation * Math.min(lightness, 1 - lightness);
  const channel = (offset: number): number => {
    const k = 12 * (hue + offset - Math.floor(hue + offset));
    return 255 * (lightness - chroma * Math.max(-1, Math.min(k - 3, 9 - k, 1)));
  };
  return [channel(0), channel(8 / 12), channel(4 / 12)];
}

function covers(shape: Shape, u: number, v: number): boolean {
  if (u * u + v * v > shape.radius * shape.radius) return false;
  let out = 0;
  for (const edge of shape.edges) if (u * edge[0] + v * edge[1] > edge[2]) out++;
  return out <= shape.spare;
}

/** The place of x, in repeats of a pattern, within its repeat, from the middle: in [-1/2, 1/2). */
const phase = (x: number): number => x - Math.floor(x) - 0.5;

function second(texture: Texture, x: number, y: number): boolean {
  const a = phase(x);
  const b = phase(y);
  return a * a + b * b * texture.round < texture.limit;
}

/** Samples per pixel and axis: 16 samples a pixel smooth the edges. */
const GRID = 4;

/** Lays a figure over the canvas: each pixel takes the mean of its samples. */
function draw(canvas: Float64Array, figure: Figure): void {
  const {shape, centre, texture, inks} = figure;
  const [cx, cy] = centre;
  const [ux, uy] = scaled(figure.direction, 1 / figure.size);
  const [tx, ty] = scaled(figure.textureDirection, 1 / PERIOD);
  const reach = shape.radius * figure.size;
  const [left, right, top, bottom] = [low(cx - reach), high(cx + reach), low(cy - reach), high(cy + reach)];
  for (let row = top; row <= bottom; row++) {
    for (let column = left; column <= right; column++) {
      let firsts = 0;
      let seconds = 0;
      for (let j = 0; j < GRID; j++) {
        const y = row + (j + 0.5) / GRID - cy;
        for (let i = 0; i < GRID; i++) {
          const x = column + (i + 0.5) / GRID - cx;
          if (!covers(shape, x * ux + y * uy, y * ux - x * uy)) continue;
          if (second(texture, x * tx + y * ty, y * tx - x * ty)) seconds++;
          else firsts++;
        }
      }
      const bare = GRID * GRID - firsts - seconds;
      const at = 3 * (row * shapesSize + column);
      for (let c = 0; c < 3; c++) {
        canvas[at + c] =
          (canvas[at + c]! * bare + inks[0][c]! * firsts + inks[1][c]! * seconds) / (GRID * GRID);
      }
    }
  }
}

const scaled = ([x, y]: Vector, factor: number): Vector => [x * factor, y * factor];

/** The first and the last pixel of a row or column that may hold a coordinate at least, or at most, this. */
const low = (coordinate: number): number => Math.max(0, Math.floor(coordinate));
const high = (coordinate: number): number => Math.min(shapesSize - 1, Math.floor(coordinate));

/** A gradient from one colour to another, across the image in some direction. */
function gradient(random: Random, from: Rgb, to: Rgb): Float64Array {
  const [dx, dy] = direction(random);
  const canvas = new Float64Array(shapesSize * shapesSize * 3);
  for (let row = 0; row < shapesSize; row++) {
    for (let column = 0; column < shapesSize; column++) {
      const along = (column + 0.5 - shapesSize / 2) * dx + (row + 0.5 - shapesSize / 2) * dy;
      const share = 0.5 + along / (1.5 * shapesSize);
      for (let c = 0; c < 3; c++)
        canvas[3 * (row * shapesSize + column) + c] = from[c]! + (to[c]! - from[c]!) * share;
    }
  }
  return canvas;
}

/** A crumb of clutter: a plain bar, smaller than any shape. */
function crumb(random: Random, ink: Rgb): Figure {
  return {
    shape: rectangle(between(random, 0.9, 3.2), between(random, 0.6, 1.3)),
    size: 1,
    centre: [between(random, 0, shapesSize), between(random, 0, shapesSize)],
    direction: direction(random),
    inks: [ink, ink],
    texture: TEXTURES['plain']!,
    textureDirection: [1, 0],
  };
}

/**
 * The class of an image: every twelve consecutive images from a multiple of twelve hold every class once, in an order that turns
 * from dozen to dozen.
 *
 * @param seed - integer; its low 32 bits count
 * @param index - position in the data set, 0-based
 * @returns label, an index into `shapesClasses`
 */
export function shapesLabel(seed: number, index: number): number {
  const turn = mix(mix(seed) + Math.floor(index / KINDS.length)) >>> 0;
  return ((turn % KINDS.length) + index) % KINDS.length;
}

/**
 * Draws an image of the data set.
 *
 * @param seed - integer; its low 32 bits count
 * @param index - position in the data set, 0-based
 * @returns 32 x 32 x 3 bytes, interleaved (row, column, RGB)
 */
export function drawShape(seed: number, index: number): Uint8Array {
  const {shape, texture} = KINDS[shapesLabel(seed, index)]!;
  const random = stream(seed, index);

  // A light ground takes darker inks and a dark ground lighter ones; the two inks differ in lightness, and either may be first.
  const light = random() < 0.5;
  const lightness = (value: number): number => (light ? value : 1 - value);
  const groundHue = random();
  const ground = (): Rgb =>
    hsl(
      groundHue + between(random, -0.06, 0.06),
      between(random, 0.15, 0.6),
      lightness(between(random, 0.78, 0.95)),
    );
  const inkHue = groundHue + between(random, 0.2, 0.8);
  const strong = hsl(inkHue, between(random, 0.6, 0.95), lightness(between(random, 0.48, 0.58)));
  const deep = hsl(
    inkHue + between(random, -0.1, 0.1),
    between(random, 0.5, 0.9),
    lightness(between(random, 0.14, 0.26)),
  );

  const canvas = gradient(random, ground(), ground());
  for (let crumbs = Math.floor(between(random, 3, 8)); crumbs > 0; crumbs--) {
    const hue = random() < 0.5 ? groundHue : inkHue;
    draw(canvas, crumb(random, hsl(hue, between(random, 0.3, 0.8), lightness(between(random, 0.45, 0.75)))));
  }
  const middle = (): number => shapesSize / 2 + between(random, -4, 4);
  draw(canvas, {
    shape,
    size: between(random, 7.5, 10.5),
    centre: [middle(), middle()],
    direction: direction(random),
    inks: random() < 0.5 ? [strong, deep] : [deep, strong],
    texture,
    textureDirection: direction(random),
  });

  const brightness = between(random, 0.75, 1.1);
  const noise = between(random, 6, 24);
  const image = new Uint8Array(canvas.length);
  for (let i = 0; i < image.length; i++) {
    const value = canvas[i]! * brightness + noise * (random() - 0.5);
    image[i] = Math.floor(Math.max(0, Math.min(255, value)) + 0.5);
  }
  return image;
}
