// Compiles src/ to dist/. A published package has no src/ and nothing to build.
import {existsSync} from 'node:fs';
import {spawnSync} from 'node:child_process';
import {fileURLToPath} from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
if (existsSync(`${root}/src`)) {
  const tsc = fileURLToPath(import.meta.resolve('typescript/lib/tsc.js'));
  const {status} = spawnSync(process.execPath, [tsc, '-p', `${root}/tsconfig.build.json`], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}
