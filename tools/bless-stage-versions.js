// Keeps test/stage-versions.json: for every stage its version and the digest of the sources that it runs. With --check it
// only says which stages have other sources than were recorded for their version. The sources of a stage are its file and
// all that it imports, at once, later or in a worker, within src/stages, src/kernels and src/onnx; they are compared as
// JavaScript without comments and types.
//
//   node tools/bless-stage-versions.js [--check] [ROOT]
import {createHash} from 'node:crypto';
import {readFileSync, writeFileSync} from 'node:fs';
import {dirname, join, relative} from 'node:path';
import {fileURLToPath} from 'node:url';
import ts from 'typescript';

const check = process.argv.includes('--check');
const root =
  process.argv.slice(2).find(a => a !== '--check') ?? fileURLToPath(new URL('..', import.meta.url));
const src = join(root, 'src');
const record = join(root, 'test/stage-versions.json');
const COUNTS = ['stages', 'kernels', 'onnx'];

const sha256 = text => createHash('sha256').update(text).digest('hex');

/** Digest and imports of a source, by path. */
const sources = new Map();
function source(path) {
  if (!sources.has(path)) {
    const {outputText: code} = ts.transpileModule(readFileSync(path, 'utf8'), {
      compilerOptions: {
        target: ts.ScriptTarget.ES2023,
        module: ts.ModuleKind.ESNext,
        verbatimModuleSyntax: true,
        removeComments: true,
      },
    });
    const workers = [...code.matchAll(/new URL\('([^']+\.js)', import\.meta\.url\)/g)].map(m => m[1]);
    const imports = [...ts.preProcessFile(code).importedFiles.map(f => f.fileName), ...workers]
      .filter(name => name.startsWith('.'))
      .map(name => join(dirname(path), name.replace(/\.js$/, '.ts')))
      .filter(file => COUNTS.includes(relative(src, file).split('/')[0]));
    sources.set(path, {digest: sha256(code), imports});
  }
  return sources.get(path);
}

/** All files that a file needs, itself among them. */
function closure(path, found = new Set()) {
  if (found.has(path)) return found;
  found.add(path);
  for (const next of source(path).imports) closure(next, found);
  return found;
}

function digestOf(path) {
  const lines = [...closure(path)].sort().map(file => `${relative(src, file)} ${source(file).digest}\n`);
  return sha256(lines.join(''));
}

const {stages} = JSON.parse(readFileSync(join(root, 'schemas/catalogue.json'), 'utf8'));
const now = Object.fromEntries(
  stages
    .map(({kind, name, version}) => {
      const id = name === null ? kind : `${kind}/${name}`;
      return [id, {version, sources: digestOf(join(src, 'stages', kind, `${name ?? kind}.ts`))}];
    })
    .sort(([a], [b]) => (a < b ? -1 : 1)),
);

if (!check) {
  writeFileSync(record, `${JSON.stringify(now, null, 2)}\n`);
} else {
  const before = JSON.parse(readFileSync(record, 'utf8'));
  const ids = [...new Set([...Object.keys(now), ...Object.keys(before)])];
  const problems = ids.flatMap(id => {
    const [a, b] = [before[id], now[id]];
    if (a === undefined) return [`${id} is new`];
    if (b === undefined) return [`${id} is gone`];
    if (a.version !== b.version) return [`${id} has version ${b.version} now, not ${a.version}`];
    return a.sources === b.sources ? [] : [`${id}: its code has changed, its version is still ${b.version}`];
  });
  if (problems.length > 0) {
    console.error(
      `${problems.join('\n')}\n\n` +
        'Where results can differ now, raise the version of the stage. Then, and also where they cannot, run\n\n' +
        '   node tools/generate-schemas.js && node tools/bless-stage-versions.js\n',
    );
    process.exit(1);
  }
}
