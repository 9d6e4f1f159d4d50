import type {View} from 'vega';
import {fail} from '../../diagnostics/diagnostic.js';
import {FONT_FAMILY, fontFiles, textWidth} from './font.js';

/** A Vega-Lite specification with its data inline. */
export type FigureSpec = Readonly<Record<string, unknown>>;

export interface Drawing {
  readonly svg: string;
  readonly png: Uint8Array;
}

/** Pixels of the PNG per pixel of the figure. */
const PNG_SCALE = 2;

/** Vega numbers the clips of a drawing from a counter shared by all: drawings take turns, and each starts it afresh. */
let lastTurn: Promise<void> = Promise.resolve();

/**
 * Draws a Vega-Lite specification as SVG, and as PNG at twice the size. Equal specifications give equal bytes on every machine:
 * text is measured and drawn with the shipped font only. A specification that Vega-Lite or Vega cannot make sense of, warnings
 * included, is E501.
 */
export async function render(spec: FigureSpec): Promise<Drawing> {
  const turn = lastTurn.then(() => toSvg(spec));
  lastTurn = turn.then(
    () => undefined,
    () => undefined,
  );
  const svg = await turn;
  return {svg, png: await toPng(svg)};
}

async function toSvg(spec: FigureSpec): Promise<string> {
  const [vega, vegaLite] = await Promise.all([import('vega'), import('vega-lite')]);
  const {textMetrics, resetSVGDefIds, logger: createLogger, Warn} = vega as unknown as VegaUntyped;
  resetSVGDefIds();
  textMetrics.width = widthOf;
  const trouble: string[] = [];
  const logger = createLogger(Warn, undefined, (_method, _level, args) =>
    trouble.push(args.map(String).join(' ')),
  );
  let svg = '';
  try {
    const compiled = vegaLite.compile(spec as unknown as Parameters<typeof vegaLite.compile>[0], {logger});
    const view = new vega.View(vega.parse(compiled.spec), {renderer: 'none', logger});
    try {
      svg = await view.toSVG();
    } finally {
      view.finalize();
    }
  } catch (error) {
    trouble.push(error instanceof Error ? error.message : String(error));
  }
  if (trouble.length > 0) {
    fail('E501', `the figure cannot be drawn: ${trouble.join('; ')}`, {
      hint: 'the specification is not one that Vega-Lite can draw',
    });
  }
  return svg;
}

async function toPng(svg: string): Promise<Uint8Array> {
  const {renderAsync} = await import('@resvg/resvg-js');
  const image = await renderAsync(svg, {
    fitTo: {mode: 'zoom', value: PNG_SCALE},
    background: 'white',
    font: {loadSystemFonts: false, fontFiles: fontFiles(), defaultFontFamily: FONT_FAMILY},
  });
  return image.asPng();
}

/** What Vega exports beyond its typings. */
interface VegaUntyped {
  readonly textMetrics: {width: typeof widthOf};
  readonly resetSVGDefIds: () => void;
  readonly Warn: number;
  readonly logger: (
    level: number,
    method: undefined,
    handler: (method: string, level: string, args: readonly unknown[]) => void,
  ) => ReturnType<View['logger']>;
}

/** The part of a text mark that its width depends on. */
interface TextItem {
  readonly fontSize?: number;
  readonly fontWeight?: string | number;
  readonly limit?: number;
}

/** Width of a line of text in pixels. In place of what Vega does without a canvas: guess from the number of characters. */
function widthOf(item: TextItem, text: string | number | null | undefined): number {
  const bold = item.fontWeight === 'bold' || Number(item.fontWeight) >= 600;
  const width = textWidth(String(text ?? '').trim(), item.fontSize ?? 11, bold);
  return item.limit !== undefined && item.limit > 0 ? Math.min(width, item.limit) : width;
}
