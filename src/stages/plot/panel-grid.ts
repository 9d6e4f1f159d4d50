import {wrap} from './font.js';
import type {FigureSpec} from './render.js';
import {TEXT, THEME} from './theme.js';

export interface PanelGridOptions {
  /** Title of the figure and what is said below it; null and none for neither. */
  readonly title: string | null;
  readonly notes?: readonly string[];
  /** Panels beside each other. */
  readonly columns: number;
  /** Width that a title may take, in pixels. */
  readonly width: number;
}

/** The Vega-Lite specification of panels row by row, each with its own scales. */
export function panelGrid(
  panels: readonly Readonly<Record<string, unknown>>[],
  {title, notes = [], columns, width}: PanelGridOptions,
): FigureSpec {
  const below = notes.join(' · ');
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    ...(title !== null && {
      title: {
        text: wrap(title, width, TEXT.title),
        fontSize: TEXT.title,
        offset: 16,
        ...(below !== '' && {subtitle: wrap(below, width, TEXT.label)}),
      },
    }),
    config: THEME,
    spacing: 24,
    columns,
    concat: panels,
    resolve: {scale: {color: 'independent', x: 'independent', y: 'independent'}},
  };
}

/** How many panels stand side by side: at most four, three where that leaves less of the last row empty. */
export function panelColumns(count: number): number {
  if (count <= 4) return count;
  return (4 - (count % 4)) % 4 <= (3 - (count % 3)) % 3 ? 4 : 3;
}

/** The title of a panel, with what is said below it, each in a line of its own. */
export function panelTitle(
  title: string,
  notes: readonly string[],
  width: number,
): Readonly<Record<string, unknown>> {
  return {
    text: wrap(title, width, TEXT.panel),
    ...(notes.length > 0 && {subtitle: notes.flatMap(note => wrap(note, width, TEXT.label))}),
  };
}
