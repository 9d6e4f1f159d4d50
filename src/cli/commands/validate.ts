import type {Diagnostic} from '../../diagnostics/diagnostic.js';
import {StrataError} from '../../diagnostics/diagnostic.js';
import type {Variant} from '../../config/load.js';
import {loadVariants} from '../../config/load.js';
import {checkStages} from '../../runner/check-stages.js';
import {matchFiles} from '../match-files.js';
import {withoutInternal} from '../open.js';
import {printDiagnostics} from '../print.js';
import {loadCatalogue, loadValidate} from '../schemas.js';
import {experimentName} from '../variants.js';

/** `strata validate FILE...` */
export async function validate(
  words: string[],
  {json = false, overrideFile}: {json?: boolean; overrideFile: string[]},
): Promise<number> {
  const all = loadCatalogue();
  const catalogue = withoutInternal(all);
  const check = loadValidate();
  const problems: Diagnostic[] = [];
  for (const file of await matchFiles(words, problems)) {
    try {
      const variants = loadVariants({
        file,
        overrides: [],
        overrideFiles: overrideFile,
        cwd: process.cwd(),
        env: process.env,
        catalogue,
        validate: check,
      });
      await checkStages(
        variants.map(v => v.experiment),
        all,
      );
      if (!json) process.stdout.write(`${file}: ok, ${summary(variants)}\n`);
    } catch (error) {
      if (!(error instanceof StrataError)) throw error;
      problems.push(...error.diagnostics);
    }
  }
  if (json || problems.length > 0) printDiagnostics(problems, json);
  return problems.length > 0 ? 2 : 0;
}

function summary(variants: readonly Variant[]): string {
  const [first] = variants;
  const stages = first!.experiment.stages.size + first!.together.length;
  const swept = first!.id === null ? '' : ` in ${variants.length} variants`;
  return `experiment "${experimentName(first!)}" with ${stages} stages${swept}`;
}
