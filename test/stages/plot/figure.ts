import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {Ajv} from 'ajv';
import sharp from 'sharp';
import {expect} from 'vitest';
import type {Context, Inputs, Output, StageDefinition} from '../../../src/stages/define.js';
import type {Table} from '../../../src/stages/ports.js';

export type Figure = Extract<Output, {type: 'figure'}>;

/** The defaults of all parameters of a stage. */
export const defaultsOf = (stage: StageDefinition): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(stage.params.properties as Record<string, {default: unknown}>).map(([k, v]) => [
      k,
      v.default,
    ]),
  );

/** What a plot draws of some tables. */
export async function draw(
  stage: StageDefinition,
  tables: readonly Table[],
  params: Record<string, unknown> = {},
): Promise<Figure> {
  const ctx = {signal: new AbortController().signal} as Context;
  const inputs = {tables: () => Promise.resolve([...tables])} as unknown as Inputs;
  return (await stage.run(ctx, inputs, {...defaultsOf(stage), ...params}, [])) as Figure;
}

const schema = JSON.parse(
  readFileSync(createRequire(import.meta.url).resolve('vega-lite/vega-lite-schema.json'), 'utf8'),
) as object;
const valid = new Ajv({strict: false, allErrors: true, logger: false}).compile(schema);

/** Holds a figure to what all have: a specification by the schema of Vega-Lite, and nothing cut off. */
export async function expectSound({spec, svg, png}: Figure): Promise<void> {
  expect(valid(spec), JSON.stringify(valid.errors?.slice(0, 3))).toBe(true);
  expect(svg.startsWith('<svg ')).toBe(true);
  expect(await hasClearMargin(png, 20)).toBe(true);
}

/** Whether the outermost pixels are all white: text that is cut off would reach them. */
async function hasClearMargin(png: Uint8Array, margin: number): Promise<boolean> {
  const {data, info} = await sharp(png).greyscale().raw().toBuffer({resolveWithObject: true});
  return data.every((v, i) => {
    const x = i % info.width;
    const y = Math.floor(i / info.width);
    const inside = x >= margin && y >= margin && x < info.width - margin && y < info.height - margin;
    return inside || v === 255;
  });
}

/** The lines of text of a figure, in the order in which they are drawn. */
export const textsOf = ({svg}: Figure): string[] =>
  [...svg.matchAll(/>([^<]+)<\/(?:text|tspan)>/g)].map(m => m[1]!);
