// All benchmarks, one process each: npm run bench. Read ratios, which are taken within one run, rather than seconds.
import {spawnSync} from 'node:child_process';
import {fileURLToPath} from 'node:url';

const benchmarks = [
  ['neighbors.js'],
  ['metrics.js'],
  ['extract.js'],
  ['project.js'],
  ['hashing.js'],
  ['noop.js', '100', '1000', '10000'],
  ['sweep.js'],
  ['units.js'],
  ['commit.js'],
  ['peers/run.js'],
];

for (const [file, ...args] of benchmarks) {
  console.log(`\n${file} ${args.join(' ')}`);
  const path = fileURLToPath(new URL(file, import.meta.url));
  const {status} = spawnSync(process.execPath, [path, ...args], {stdio: 'inherit'});
  if (status !== 0) process.exitCode = 1;
}
