import {basename} from 'node:path';

/** A parameter of a run: what to show of it, and what it is told by. Two are equal if their identities are. */
export interface Parameter {
  readonly value: string | number | boolean | null;
  readonly identity: string;
}

/** What the record of a run must have of a run. */
export interface Recorded {
  readonly ok: boolean;
  readonly experiment: Readonly<Record<string, unknown>>;
  readonly stages: Readonly<
    Record<string, {readonly stage: string; readonly record: Readonly<Record<string, unknown>> | null}>
  >;
  readonly versions: Readonly<Record<string, string>>;
}

type Fields = Readonly<Record<string, unknown>>;

interface Declared {
  readonly seed: number;
  readonly params: Fields;
  readonly stages: Readonly<Record<string, {readonly from: Fields; readonly params: Fields}>>;
}

/** A file or folder that a stage reads: where it was, and what stood in the key for its content. */
interface Outside {
  readonly path: string;
  readonly content: unknown;
}

/**
 * All that the results of a run depend on, by dotted path as overrides name it: `seed`, `params.k`, `stages.id.k`,
 * `stages.id.from`; further `stages.id`, its kind and name, and `versions`, of the programs and of the stages. A path is shown
 * by the name of its file and told by content.
 */
export function parametersOf({ok, experiment, stages, versions}: Recorded): ReadonlyMap<string, Parameter> {
  const {seed, params, stages: declared} = experiment as unknown as Declared;
  const outside: Outside[] = [];
  const ofStages = Object.entries(declared).flatMap(([label, stage]) => {
    const {stage: id, record} = stages[label] ?? {stage: '', record: null};
    const kept = (record?.['params'] ?? {}) as Fields;
    return [
      [`stages.${label}`, plain(id)] as const,
      [`stages.${label}.from`, plain(ports(stage.from))] as const,
      ...flat(`stages.${label}`, stage.params, kept).map(([path, value, key]) => {
        if (!isContent(key) || typeof value !== 'string') return [path, plain(value)] as const;
        outside.push({path: value, content: key.content});
        return [path, file(basename(value), [key.content])] as const;
      }),
    ];
  });
  const ofExperiment = flat('params', params, {}).map(([path, value]) => {
    const named = outside.filter(o => typeof value === 'string' && endsIn(o.path, value));
    if (named.length === 0) return [path, plain(value)] as const;
    return [
      path,
      file(
        basename(named[0]!.path),
        named.map(o => o.content),
      ),
    ] as const;
  });
  const ofCode = Object.values(stages).flatMap(({stage, record}) =>
    record === null ? [] : [[`versions.${stage}`, plain(record['version'])] as const],
  );
  return new Map([
    ['ok', plain(ok)],
    ['seed', plain(seed)],
    ...ofExperiment,
    ...ofStages,
    ...['strata', 'onnxruntime'].map(name => [`versions.${name}`, plain(versions[name] ?? null)] as const),
    ...ofCode,
  ]);
}

const plain = (value: unknown): Parameter => ({value: shown(value), identity: JSON.stringify(value)});

const file = (name: string, contents: readonly unknown[]): Parameter => ({
  value: name,
  identity: JSON.stringify([...new Set(contents.map(c => JSON.stringify(c)))]),
});

function shown(value: unknown): Parameter['value'] {
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`;
  return typeof value === 'object' && value !== null ? '{}' : (value as Parameter['value']);
}

const isMap = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isContent = (value: unknown): value is {readonly content: unknown} =>
  isMap(value) && 'content' in value;

/** All values that are no maps, by dotted path, each with what stands in its place in the key. */
function flat(prefix: string, values: Fields, key: Fields): (readonly [string, unknown, unknown])[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const inKey = key[name];
    if (!isMap(value) || Object.keys(value).length === 0)
      return [[`${prefix}.${name}`, value, inKey] as const];
    return flat(`${prefix}.${name}`, value, isMap(inKey) ? inKey : {});
  });
}

/** `a, b`, or of several ports `from: a, b; test: c`. */
function ports(from: Fields): string {
  const list = Object.entries(from).map(([port, labels]) => [port, (labels as string[]).join(', ')] as const);
  return list.length === 1 ? list[0]![1] : list.map(([port, labels]) => `${port}: ${labels}`).join('; ');
}

/** Whether a path may have been written so, relative to anything. */
function endsIn(path: string, written: string): boolean {
  const tail = written.replace(/^(?:\.{0,2}\/)+/, '');
  return tail !== '' && `/${path}`.endsWith(`/${tail}`);
}
