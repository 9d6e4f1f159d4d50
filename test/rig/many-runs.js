// Runs an experiment many times in one process, as `strata run` does, each time with other values.
// node many-runs.js FILE FROM COUNT    the values of runs FROM to FROM + COUNT
import {run} from '../../dist/cli/commands/run.js';

const [file, from, count] = process.argv.slice(2);
for (let i = 0; i < Number(count); i++) {
  const at = Number(from) + i;
  const overrides = [`params.k=${5 + (at % 4)}`, `params.fraction=0.${5 + (at % 3)}`];
  const code = await run(file, overrides, {json: true, jobs: 1, overrideFile: []});
  if (code !== 0) process.exit(code);
}
