import {loadVariants} from '../../config/load.js';
import {withTogether} from '../../config/together.js';
import {toDot} from '../../report/graph/dot.js';
import {toMermaid} from '../../report/graph/mermaid.js';
import type {StageGraph} from '../../report/graph/stage-graph.js';
import {stageGraph} from '../../report/graph/stage-graph.js';
import {withoutInternal} from '../open.js';
import {loadCatalogue, loadValidate} from '../schemas.js';
import {experimentName} from '../variants.js';

type Format = 'mermaid' | 'dot' | 'svg';

/** `strata graph FILE [OVERRIDE...]` */
export async function graph(
  file: string,
  overrides: string[],
  {format, overrideFile}: {format: Format; overrideFile: string[]},
): Promise<number> {
  const catalogue = withoutInternal(loadCatalogue());
  const variants = loadVariants({
    file,
    overrides,
    overrideFiles: overrideFile,
    cwd: process.cwd(),
    env: process.env,
    catalogue,
    validate: loadValidate(),
  });
  const experiments = variants.map(v => withTogether(v.experiment, v.together));
  const text = await draw(stageGraph(experiments, catalogue), experimentName(variants[0]!), format);
  process.stdout.write(`${text}\n`);
  return 0;
}

async function draw(stages: StageGraph, name: string, format: Format): Promise<string> {
  if (format === 'mermaid') return toMermaid(stages);
  if (format === 'dot') return toDot(stages, name);
  const {toSvg} = await import('../../report/graph/svg.js');
  return toSvg(stages, name);
}
