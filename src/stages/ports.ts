/** What flows between stages. A stage sees these types only; how they are stored and cached is the runner's affair. */

/** The types of ports that stages can be joined by. */
export type PortType = 'images' | 'pixels' | 'activations' | 'subsets' | 'table' | 'figure';

/** A bounding box in pixels of the original image, both ends inclusive. */
export interface Box {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** One sample of a data set. `null` where the source does not say. */
export interface Sample {
  /** Unique within the table, stable across machines: relative path, or index in the file. */
  readonly id: string;
  /** Where its source finds it, relative to the source's own path parameters; never an absolute path. */
  readonly uri: string;
  /** sha256 (hex) of the sample's own bytes (the encoded file, or the raw record), so that equal tables mean equal data. */
  readonly sha256: string;
  /** Class index, 0-based. */
  readonly label: number | null;
  /** Class name. */
  readonly class: string | null;
  readonly split: string | null;
  readonly boxes: readonly Box[];
}

/** The sample table of a data set, in sample order. */
export interface Samples {
  readonly rows: readonly Sample[];
  /** Class names by label; a label without a name is named by its number. Empty if there are no labels. */
  readonly classes: readonly string[];
}

/** A decoded image: 8-bit, interleaved (row, column, channel), `channels` 1 (grey) or 3 (RGB). */
export interface RawImage {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array;
}

/** Where images come from: enough for a worker thread to open them again. */
export interface ImageOrigin {
  /** The name of the load source. */
  readonly source: string;
  /** Its resolved parameters, paths absolute. */
  readonly params: Readonly<Record<string, unknown>>;
}

export interface Images {
  readonly samples: Samples;
  readonly origin: ImageOrigin;
}

/** How one image becomes one float32 tensor [channels, height, width]. Plain data: part of the artifact and of the key. */
export interface PixelRecipe {
  /** Resize so that the short side has this length (a number) or to exactly [height, width]; null keeps the size. */
  readonly resize: number | readonly [number, number] | null;
  readonly interpolation: 'bicubic' | 'bilinear' | 'lanczos';
  /** Centre crop to [height, width]; null keeps all. */
  readonly crop: readonly [number, number] | null;
  /** Output channel order; `grey` gives one channel. */
  readonly channels: 'rgb' | 'bgr' | 'grey';
  /** Pixel values 0..255 are multiplied by this first (1/255 for [0, 1]). */
  readonly scale: number;
  /** Then (x - mean) / std per output channel, in output channel order. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** A recipe over images: nothing is decoded until batches are read. */
export interface Pixels {
  readonly samples: Samples;
  readonly origin: ImageOrigin;
  readonly recipe: PixelRecipe;
}

export type FloatArray = Float32Array | Float64Array;

/** Rows of numbers, row-major. */
export interface Matrix {
  readonly rows: number;
  readonly cols: number;
  readonly data: FloatArray;
}

export type StorageType = 'float16' | 'float32' | 'float64';

/** What is known of a layer without reading it. */
export interface LayerInfo {
  /** Normalised name: `input`, `embed`, `blocks.3`, `norm`, `head` ... */
  readonly name: string;
  /** Position among the layers of its artifact, 0-based, in the order of the forward pass. */
  readonly index: number;
  /** Relative depth in [0, 1]: the share of the model's convolutions and matrix products that lie before it. */
  readonly depth: number;
  /** Number of samples. */
  readonly rows: number;
  /** Vectors per sample: 1 if pooled or flat. */
  readonly tokens: number;
  /** Length of a vector. */
  readonly dim: number;
  readonly dtype: StorageType;
}

/** One layer's representation of every sample: `rows * tokens` vectors of `dim`, in sample order. */
export interface Layer extends LayerInfo {
  /** Reads in order, block by block: `start` and `count` in vectors. float16 comes as float32. */
  blocks(signal?: AbortSignal): AsyncIterable<{start: number; count: number; data: FloatArray}>;
  /** The whole layer. */
  matrix(signal?: AbortSignal): Promise<Matrix>;
}

export interface Activations {
  readonly samples: Samples;
  readonly layers: readonly Layer[];
}

/** The id of the subset that was asked for as all rows. */
export const FULL = 'full';

/** Some rows of every layer. */
export interface Subset {
  /** Unique: FULL, or the fraction and repeat it comes from. */
  readonly id: string;
  readonly fraction: number;
  readonly repeat: number;
  /** Row numbers, ascending. */
  readonly indices: Int32Array;
}

export interface Subsets extends Activations {
  readonly subsets: readonly Subset[];
}

export type ColumnType = 'string' | 'int' | 'float' | 'bool';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly description: string;
}

/** A tidy table: one observation a row. */
export type Row = Readonly<Record<string, string | number | boolean | null>>;

export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** The column a figure or a summary shows when not told otherwise. */
  readonly value: string | null;
  /** The label of the stage that made it. */
  readonly label: string;
}
