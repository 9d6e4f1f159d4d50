// Writes the images of the procedural shapes for train.py: STEM.u8 (32 x 32 RGB bytes, one image after another) and
// STEM.labels (a byte each).
//
//     node tools/shapes-vit/pixels.js SEED COUNT STEM
import {closeSync, openSync, writeFileSync, writeSync} from 'node:fs';
import {drawShape, shapesLabel} from '../../dist/stages/load/shapes-image.js';

const [seed, count] = process.argv.slice(2, 4).map(Number);
const stem = process.argv[4];
if (!Number.isInteger(seed) || !Number.isInteger(count) || stem === undefined) {
  console.error('usage: node tools/shapes-vit/pixels.js SEED COUNT STEM');
  process.exit(2);
}

const file = openSync(`${stem}.u8`, 'w');
for (let i = 0; i < count; i++) writeSync(file, drawShape(seed, i));
closeSync(file);
writeFileSync(
  `${stem}.labels`,
  Uint8Array.from({length: count}, (_, i) => shapesLabel(seed, i)),
);
