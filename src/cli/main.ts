import {Command, Option} from 'commander';
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
