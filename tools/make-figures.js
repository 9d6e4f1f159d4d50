// Makes the figures of docs/05-metrics.md: runs the experiments below and copies their figures KIND-NAME.png to docs/images/,
// with a palette in place of full colours. Results of earlier runs are used where they are in the store.
//
//   node tools/make-figures.js
import {execFileSync} from 'node:child_process';
import {readFileSync, readdirSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import sharp from 'sharp';

const EXPERIMENTS = ['metrics-tour', 'shapes-training'];
const root = fileURLToPath(new URL('../', import.meta.url));

const {stages} = JSON.parse(readFileSync(`${root}schemas/catalogue.json`, 'utf8'));
const names = new Set(stages.map(({kind, name}) => `${kind}-${name}.png`));

for (const experiment of EXPERIMENTS) {
  execFileSync(process.execPath, ['bin/strata.js', 'run', `experiments/${experiment}.yaml`], {
    cwd: root,
    stdio: 'inherit',
  });
  const folder = `${root}outputs/${experiment}/latest/figures`;
  for (const name of readdirSync(folder).filter(file => names.has(file)))
    await sharp(`${folder}/${name}`)
      .png({palette: true, quality: 100, effort: 10, compressionLevel: 9, dither: 0})
      .toFile(`${root}docs/images/${name}`);
}
