// Compiles src/ to dist/, and puts libraries of hundreds of small modules into one file each: they load in a tenth of the time,
// in every process. Types are looked at by `npm run types`. A published package has no src/ and nothing to build.
import {existsSync, symlinkSync} from 'node:fs';
import {spawnSync} from 'node:child_process';
import {fileURLToPath} from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
if (existsSync(`${root}/src`)) {
  const tsc = fileURLToPath(import.meta.resolve('typescript/lib/tsc.js'));
  const {status} = spawnSync(process.execPath, [tsc, '-p', `${root}/tsconfig.build.json`], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
  const {rolldown} = await import('rolldown');
  for (const name of ['typebox', 'apache-arrow', 'yaml']) {
    // A CommonJS module tells its names only when it is loaded.
    const names = Object.keys(await import(name)).filter(n => n !== 'default' && n !== 'module.exports');
    const entry = {
      name: 'entry',
      resolveId: id => (id === 'entry' ? id : null),
      load: id => (id === 'entry' ? `export {${names.join(', ')}} from '${name}'` : null),
    };
    const library = await rolldown({input: 'entry', cwd: root, platform: 'node', plugins: [entry]});
    await library.write({file: `${root}/dist/libraries/${name}.js`, format: 'esm', codeSplitting: false});
    await library.close();
  }
  // npx finds the package's own command here at once; without, it packs and installs the whole package first.
  const command = `${root}/node_modules/.bin/strata`;
  if (process.platform !== 'win32' && !existsSync(command)) symlinkSync('../../bin/strata.js', command);
}
