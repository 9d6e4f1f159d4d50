import {Command, InvalidArgumentError, Option} from 'commander';
import {packageVersion} from './package.js';

/**
 * The command line. Only what every command needs is loaded here; a command's code is loaded when it is asked for.
 * Exit codes: 0 ok, 1 a stage failed, 2 the experiment or the command is invalid, 3 the store is damaged, 130 interrupted.
 */
const program = new Command('strata')
  .description('Declarative experiments on what neural networks represent.')
  .version(packageVersion())
  .showHelpAfterError('(strata --help shows all commands)')
  .configureHelp({showGlobalOptions: false})
  .exitOverride(({exitCode}) => process.exit(exitCode === 0 ? 0 : 2));

type Action<A extends unknown[]> = (...args: A) => Promise<number>;

/** Runs a command, prints what it could not do, and sets the exit code. */
const action =
  <A extends unknown[]>(load: () => Promise<Action<A>>) =>
  async (...args: A): Promise<void> => {
    const {boundary} = await import('./boundary.js');
    process.exitCode = await boundary(async () => (await load())(...args), args);
  };

/** An option that may be given several times. */
const collect = (value: string, previous: readonly string[]): string[] => [...previous, value];
function positiveInteger(value: string): number {
  if (!/^[1-9]\d{0,5}$/.test(value)) throw new InvalidArgumentError('Expected a whole number of at least 1.');
  return Number(value);
}

function tolerance(value: string): number {
  const number = Number(value);
  if (value.trim() === '' || !(number >= 0))
    throw new InvalidArgumentError('Expected a number of at least 0.');
  return number;
}

const OVERRIDE_FILE = [
  '--override-file <file>',
  'file of overrides, one a line; those on the command line come after',
  collect,
  [],
] as const;

program
  .command('init [name]')
  .description('write a first experiment, experiments/NAME.yaml; what is not given is asked')
  .addOption(
    new Option('--data <source>', 'what to look at').choices([
      'shapes',
      'image-folder',
      'idx',
      'cifar',
      'matrix',
    ]),
  )
  .option('--path <path>', 'where the data are; a folder, or a file for idx and matrix')
  .option('--labels <labels>', 'idx: file of labels; matrix: column of classes, or file of one class a row')
  .option('--model <file>', 'ONNX model whose layers to look at')
  .option('--metric <names...>', 'what to measure')
  .option('-y, --yes', 'ask nothing; take the defaults')
  .action(action(async () => (await import('./commands/init.js')).init));

program
  .command('run <file> [overrides...]')
  .description('plan and run an experiment; what is known already is not run again')
  .option('--list', 'print the variants of the sweep and run nothing')
  .option('--frozen', 'hold it to the lock that "strata freeze" wrote: the same inputs, the same results')
  .option('--jobs <n>', 'jobs at the same time; default: as many as there are cores', positiveInteger)
  .option('--paranoid', 'read and hash every file of every result that is taken from the store')
  .option('--keep-going', 'after a failure, still run all that does not depend on it')
  .addOption(
    new Option('--fail-fast', 'after a failure, start nothing new; the default').conflicts('keepGoing'),
  )
  .option('--json', 'print events as JSON lines')
  .option(...OVERRIDE_FILE)
  .action(action(async () => (await import('./commands/run.js')).run));

program
  .command('plan <file> [overrides...]')
  .description('show what a run would do, and why, without running')
  .option('--json', 'print the plan as JSON')
  .option(...OVERRIDE_FILE)
  .action(action(async () => (await import('./commands/plan.js')).plan));

program
  .command('explain <file> <stage> [overrides...]')
  .description('compare what a stage depends on with its nearest earlier result, field by field')
  .option('--variant <id>', 'which variant, if the experiment is a sweep')
  .option('--json', 'as JSON')
  .option(...OVERRIDE_FILE)
  .action(action(async () => (await import('./commands/explain.js')).explain));

program
  .command('logs <run> [stage]')
  .description('print what the stages of a run said, and what went wrong, with the time since it began')
  .option('--json', 'print the lines of its journal as they are')
  .action(action(async () => (await import('./commands/logs.js')).logs));

program
  .command('reproduce <run>')
  .description('run a run again from its record in a clean store, and compare what comes out')
  .option(
    '--from <stage>',
    'run only this stage and those after it; take the results before it from the store',
  )
  .option('--tolerance <x>', 'relative difference of numbers that counts as none', tolerance, 1e-6)
  .option('--keep', 'keep the clean store, and say where it is')
  .option('--json', 'as JSON')
  .action(action(async () => (await import('./commands/reproduce.js')).reproduce));

program
  .command('freeze <file> [overrides...]')
  .description('write the digests of all inputs and results into a lock beside the experiment')
  .option(...OVERRIDE_FILE)
  .action(action(async () => (await import('./commands/freeze.js')).freeze));

program
  .command('show <run> [stage]')
  .description('print the results of a run: a path, a run id, or an experiment name for its latest run')
  .option('--json', 'as JSON')
  .option('--csv', 'as CSV')
  .option('--md', 'as a Markdown table')
  .action(action(async () => (await import('./commands/show.js')).show));

program
  .command('compare <runs...>')
  .description('show what differs between runs, and their results side by side')
  .option('--by-layer <stage>', 'the results of one stage: a row for each layer, a column for each run')
  .option('--only-changed', 'leave out results that are the same in all runs')
  .option('--sort <column>', 'order by a column; -COLUMN turns the order around')
  .option('--json', 'as JSON')
  .option('--csv', 'as CSV')
  .option('--md', 'as a Markdown table')
  .action(action(async () => (await import('./commands/compare.js')).compare));

program
  .command('validate <file...>')
  .description('check experiment files; all errors at once')
  .option('--json', 'print the errors as JSON')
  .option(...OVERRIDE_FILE)
  .action(action(async () => (await import('./commands/validate.js')).validate));

program
  .command('config <file> [overrides...]')
  .description('print the experiment as it is run: composed, references replaced, defaults filled in')
  .option('--variant <id>', 'which variant of a sweep; default: the first')
  .option('--origins', 'say of each line where it was written')
  .option('--json', 'as JSON')
  .option(...OVERRIDE_FILE)
  .action(action(async () => (await import('./commands/config.js')).config));

program
  .command('describe [kind] [name]')
  .description('explain stages: parameters, defaults, ports, columns, definition and source')
  .option('--json', 'as JSON')
  .action(action(async () => (await import('./commands/describe.js')).describe));

program
  .command('graph <file> [overrides...]')
  .description('print how the stages of an experiment are joined')
  .addOption(
    new Option('--format <format>', 'what to print it as')
      .choices(['mermaid', 'dot', 'svg'])
      .default('mermaid'),
  )
  .option(...OVERRIDE_FILE)
  .action(action(async () => (await import('./commands/graph.js')).graph));

program
  .command('inspect <model>')
  .description('show the inputs, outputs, blocks and layer names of an ONNX model')
  .option('--json', 'as JSON')
  .action(action(async () => (await import('./commands/inspect.js')).inspect));

program
  .command('verify')
  .description(
    'read and hash all that the store holds; what is damaged is put aside and made again when it is needed',
  )
  .option('--json', 'as JSON')
  .action(action(async () => (await import('./commands/verify.js')).verify));

program
  .command('gc')
  .description(
    'drop from the store what no run needs; a run needs its results as long as its folder is there',
  )
  .option('--older <span>', 'only what was last used longer ago than that: 90m, 12h, 30d, 2w')
  .option(
    '--max-size <size>',
    'and of the rest the least recently used, until all takes no more: 500MB, 50GB, 10GiB',
  )
  .option(
    '--keep-runs <n>',
    'count only the latest n runs of each experiment, and those pinned',
    positiveInteger,
  )
  .option('--dry-run', 'drop nothing, and say what would go')
  .option('--json', 'as JSON')
  .action(action(async () => (await import('./commands/gc.js')).gc));

const store = program.command('store').description('what the store holds, and what of it is kept');
store
  .command('status')
  .description('sizes by stage and by experiment, and the largest results')
  .option('--json', 'as JSON')
  .action(action(async () => (await import('./commands/store.js')).status));
store
  .command('pin <run>')
  .description('keep the results of a run also when its folder is gone')
  .action(action(async () => (await import('./commands/store.js')).pin));
store
  .command('unpin <run>')
  .description('keep the results of a run only as long as its folder is there')
  .action(action(async () => (await import('./commands/store.js')).unpin));

program
  .command('errors [code]')
  .description('explain an error by its code, or list all codes')
  .action(action(async () => (await import('./commands/errors.js')).errors));

program
  .command('schema')
  .description('print the JSON Schema of experiment files')
  .action(action(async () => (await import('./commands/schema.js')).schema));

// A reader that has seen enough, such as head, is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

await program.parseAsync();
