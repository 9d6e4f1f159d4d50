import {readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {sha256} from '../../../src/stages/load/digest.js';
import {decodeImage} from '../../../src/stages/load/image-file.js';
import {openImages} from '../../../src/stages/load/images.js';
import {hasShared, shared} from '../../rig/shared.js';
import {failure, folderOf, loadImages} from './run-stage.js';

const fixtures = new URL('../../fixtures/images/', import.meta.url);
const fixture = (name: string): Buffer => readFileSync(new URL(name, fixtures));
const png = fixture('grey.png');
const jpeg = fixture('turned.jpg');

type Files = Record<string, string | Uint8Array>;
const load = (files: Files, params: object = {}) => {
  const path = folderOf(files);
  return loadImages('image-folder', {path, ...withPaths(path, params)});
};
const problem = async (files: Files, params: object = {}): Promise<string> => {
  const path = folderOf(files);
  return failure(loadImages('image-folder', {path, ...withPaths(path, params)}), path);
};
/** Files named in parameters are in the same folder as the images. */
const withPaths = (folder: string, params: object): object =>
  Object.fromEntries(
    Object.entries(params).map(([k, v]) => [
      k,
      k === 'labels' || k === 'names' ? join(folder, v as string) : (v as unknown),
    ]),
  );

describe('load image-folder', () => {
  it('takes classes from folders, files in code-unit order, and nothing but images', async () => {
    const {samples} = await load({
      'dog/b.png': png,
      'dog/a/deep.JPEG': jpeg,
      'cat/2.webp': fixture('alpha.webp'),
      'cat/10.jpg': jpeg,
      'Zebra/1.jpg': jpeg,
      'notes.txt': 'no image',
      'dog/.hidden.png': png,
    });
    expect(samples.classes).toEqual(['Zebra', 'cat', 'dog']);
    expect(samples.rows.map(r => [r.id, r.label, r.class])).toEqual([
      ['Zebra/1.jpg', 0, 'Zebra'],
      ['cat/10.jpg', 1, 'cat'],
      ['cat/2.webp', 1, 'cat'],
      ['dog/a/deep.JPEG', 2, 'dog'],
      ['dog/b.png', 2, 'dog'],
    ]);
    expect(samples.rows[4]).toEqual({
      id: 'dog/b.png',
      uri: 'dog/b.png',
      sha256: sha256(png),
      label: 2,
      class: 'dog',
      split: null,
      boxes: [],
    });
  });

  it('takes images without folders as unlabelled, and follows links', async () => {
    const path = folderOf({'a.png': png, 'store/b.png': png});
    symlinkSync(join(path, 'store'), join(path, 'linked'));
    symlinkSync(join(path, 'a.png'), join(path, 'c.png'));
    const text = await failure(loadImages('image-folder', {path}), path);
    expect(text).toBe('E304 FOLDER: sample a.png has no class, others have');
    const {samples} = await loadImages('image-folder', {path, pattern: ''});
    expect(samples.classes).toEqual([]);
    expect(samples.rows.map(r => r.id)).toEqual(['a.png', 'c.png', 'linked/b.png', 'store/b.png']);
  });

  it('reads class, number and split from the path by a pattern', async () => {
    const files = {'train/7_bee.png': png, 'val/2_ant.png': png, 'val/7_bee.png': png};
    const pattern = String.raw`^(?<split>\w+)/(?<label>\d+)_(?<class>\w+)\.`;
    const {samples} = await load(files, {pattern});
    expect(samples.classes).toEqual(['0', '1', 'ant', '3', '4', '5', '6', 'bee']);
    expect(samples.rows.map(r => [r.label, r.class, r.split])).toEqual([
      [7, 'bee', 'train'],
      [2, 'ant', 'val'],
      [7, 'bee', 'val'],
    ]);
    const val = await load(files, {pattern, split: 'val', classes: ['bee']});
    expect(val.samples.rows.map(r => r.id)).toEqual(['val/7_bee.png']);
  });

  it('numbers folders by a file of names, whatever name of the class they bear', async () => {
    const names = JSON.stringify([
      {index: 0, wnid: 'n01', name: 'tench'},
      {index: 1, wnid: 'n02', name: 'goldfish'},
      {index: 2, wnid: 'n03', name: 'crane'},
      {index: 3, wnid: 'n04', name: 'crane'},
    ]);
    const {samples} = await load(
      {'n02/a.png': png, 'n04/b.png': png, 'names.json': names},
      {names: 'names.json'},
    );
    expect(samples.classes).toEqual(['tench', 'goldfish', 'crane', 'crane']);
    expect(samples.rows.map(r => [r.label, r.class])).toEqual([
      [1, 'goldfish'],
      [3, 'crane'],
    ]);
    const at = (folder: string, params: object = {}) =>
      problem({[`${folder}/a.png`]: png, 'names.json': names}, {names: 'names.json', ...params});
    expect(await at('n05')).toMatch(
      /^E304 FOLDER: sample n05\/a\.png: class "n05" is not in names\.json \(did you mean "n0\d"\?\)$/,
    );
    expect(await at('crane')).toBe('E304 FOLDER: sample crane/a.png: classes 2 and 3 are both named "crane"');
    expect(await at('n03', {classes: ['crane']})).toBe(
      'E306 classes 2 and 3 are both named "crane" (give the number)',
    );
  });

  it('reads a list of objects, and adds up the boxes of several rows', async () => {
    const labels = JSON.stringify([
      {file: 'b.png', wnid: 'n2', box: [1, 2, 3, 4]},
      {file: 'a.png', wnid: 'n1', box: [[0, 0, 5.5, 6]]},
      {file: 'b.png', wnid: 'n2', box: [7, 7, 9, 9]},
    ]);
    const columns = {class: 'wnid', boxes: 'box'};
    const {samples} = await load({'a.png': png, 'b.png': png, 'l.json': labels}, {labels: 'l.json', columns});
    expect(samples.rows.map(r => [r.class, r.boxes])).toEqual([
      ['n1', [{x0: 0, y0: 0, x1: 5.5, y1: 6}]],
      [
        'n2',
        [
          {x0: 1, y0: 2, x1: 3, y1: 4},
          {x0: 7, y0: 7, x1: 9, y1: 9},
        ],
      ],
    ]);
  });

  it('reads an object keyed by file, of objects or of plain labels', async () => {
    const files = {'x/a.png': png, 'x/b.png': png};
    const objects = JSON.stringify({
      'x/a.png': {label: 3, split: 'val'},
      'x/b.png': {label: 1, split: 'train'},
    });
    const first = await load(
      {...files, 'l.json': objects},
      {labels: 'l.json', columns: {label: 'label', split: 'split'}},
    );
    expect(first.samples.rows.map(r => [r.label, r.split])).toEqual([
      [3, 'val'],
      [1, 'train'],
    ]);
    const plain = JSON.stringify({'x/a.png': 1, 'x/b.png': 0});
    const second = await load({...files, 'l.json': plain}, {labels: 'l.json', columns: {label: 'label'}});
    expect(second.samples.rows.map(r => r.label)).toEqual([1, 0]);
  });

  it('reads CSV with boxes in four columns', async () => {
    const csv =
      'filename,"class name",xmin,ymin,xmax,ymax\r\na.png,"big, dog",1,2,3,4\r\na.png,"big, dog",5,6,7,8\r\nb.png,cat,0,0,1,1\r\n';
    const columns = {file: 'filename', class: 'class name', boxes: ['xmin', 'ymin', 'xmax', 'ymax']};
    const {samples} = await load({'a.png': png, 'b.png': png, 'l.csv': csv}, {labels: 'l.csv', columns});
    expect(samples.classes).toEqual(['big, dog', 'cat']);
    expect(samples.rows[0]!.boxes).toEqual([
      {x0: 1, y0: 2, x1: 3, y1: 4},
      {x0: 5, y0: 6, x1: 7, y1: 8},
    ]);
  });

  it('reads an image again only if it is the same file', async () => {
    const {samples, origin} = await load({'a/x.jpg': jpeg});
    const reader = await openImages(origin);
    const image = await reader.read(samples.rows[0]!);
    expect([image.width, image.height]).toEqual([41, 30]);
    const file = `${String(origin.params.path)}/a/x.jpg`;
    writeFileSync(file, fixture('cmyk.jpg'));
    expect(await failure(reader.read(samples.rows[0]!))).toMatch(
      /^E302 image a\/x\.jpg: its bytes are not those that were loaded/,
    );
  });
});

describe('load image-folder: errors', () => {
  const two = {'a.png': png, 'b.png': png};

  it('names a folder without images', async () => {
    expect(await failure(loadImages('image-folder', {path: '/nowhere'}))).toBe(
      'E301 /nowhere: no such file or folder',
    );
    expect(await problem({'readme.txt': ''})).toBe(
      'E303 FOLDER: no JPEG, PNG or WebP file below this folder (is the path right?)',
    );
  });

  it('names a file that is no image, or damaged', async () => {
    expect(await problem({'a/x.png': ''})).toBe('E302 a/x.png: empty file');
    expect(await problem({'a/x.png': 'GIF89a'})).toBe(
      'E302 a/x.png: not a JPEG, PNG or WebP file: begins with the bytes 47494638',
    );
    const cut = (name: string, share: number): Promise<string> => {
      const bytes = fixture(name);
      return failure(decodeImage(bytes.subarray(0, Math.floor(bytes.length * share)), name));
    };
    expect(await cut('landscape.jpg', 0.8)).toBe(
      'E302 landscape.jpg: cannot be decoded: VipsJpeg: premature end of JPEG image (4518 bytes)',
    );
    expect(await cut('small.png', 0.8)).toBe(
      'E302 small.png: cannot be decoded: vipspng: libpng read error (1636 bytes)',
    );
    expect(await cut('photo.webp', 0.8)).toMatch(/^E302 photo\.webp: cannot be decoded: .*\(2790 bytes\)$/);
    expect(await cut('portrait.jpg', 0.01)).toMatch(/^E302 portrait\.jpg: cannot be decoded/);
    expect(await cut('cmyk.jpg', 0.9)).toMatch(/^E302 cmyk\.jpg: cannot be decoded/);
  });

  it('names a path that does not fit the pattern', async () => {
    expect(await problem(two, {pattern: '(?<class>a)'})).toBe(
      'E304 b.png: does not match the pattern (?<class>a)',
    );
    expect(await problem(two, {pattern: '(?<label>[ab])'})).toBe(
      'E304 a.png: group "label" matches "a", not a class number',
    );
    expect(await problem(two, {pattern: '(['})).toMatch(/^E304 pattern is not a regular expression: /);
  });

  it('names what is missing in a file of labels', async () => {
    const go = (labels: unknown, columns: object): Promise<string> =>
      problem({...two, 'l.json': JSON.stringify(labels)}, {labels: 'l.json', columns});
    expect(await problem(two, {labels: 'l.json', columns: {class: 'class'}})).toBe(
      'E301 l.json: no such file or folder',
    );
    expect(await problem({...two, 'l.json': '{'}, {labels: 'l.json', columns: {class: 'c'}})).toMatch(
      /^E302 l\.json: not valid JSON \(/,
    );
    expect(await go({}, {})).toBe(
      'E304 l.json: no column to read (name one or more in "columns": label, class, split, boxes)',
    );
    expect(await go([{file: 'a.png', class: 'x'}], {class: 'class'})).toBe(
      'E304 l.json: nothing on 1 of 2 images, first b.png (did you mean "a.png"?)',
    );
    expect(await go({'a.png': 'x', 'b.png': 'x', 'c.png': 'x'}, {class: 'class'})).toBe(
      'E301 l.json: tells of c.png, which is not in FOLDER',
    );
    expect(await go([{file: 'a.png', clas: 'x'}], {class: 'class'})).toBe(
      'E304 l.json: entry 0: no "class" (did you mean "clas"?)',
    );
    expect(await go({'a.png': 1.5, 'b.png': 2}, {label: 'label'})).toBe(
      'E304 l.json: entry "a.png": label 1.5 is not a class number',
    );
    expect(
      await go(
        [
          {file: 'a.png', y: 1},
          {file: 'a.png', y: 2},
        ],
        {label: 'y'},
      ),
    ).toBe('E304 l.json: entry 1: label of a.png is 2, in an earlier row 1');
    expect(await go({'a.png': {b: [1, 2, 3]}, 'b.png': {}}, {boxes: 'b'})).toBe(
      'E304 l.json: entry "a.png": box [1,2,3] is not four numbers',
    );
    expect(await go({'a.png': {b: [5, 2, 3, 4]}, 'b.png': {}}, {boxes: 'b'})).toBe(
      'E304 l.json: entry "a.png": box [5,2,3,4] ends before it begins (expected [x0, y0, x1, y1])',
    );
    const csv = {...two, 'l.csv': 'file,y\na.png,1\nb.png\n'};
    expect(await problem(csv, {labels: 'l.csv', columns: {label: 'y'}})).toBe(
      'E302 l.csv: line 3, byte 15: 1 fields, the header has 2',
    );
  });

  it('names contradictions between numbers and names', async () => {
    const pattern = String.raw`(?<label>\d)_(?<class>\w)`;
    expect(await problem({'0_a.png': png, '1_a.png': png}, {pattern})).toBe(
      'E304 FOLDER: class "a" has number 0 at 0_a.png and 1 at 1_a.png',
    );
    expect(await problem({'0_a.png': png, '0_b.png': png}, {pattern})).toBe(
      'E304 FOLDER: sample 0_b.png: label 0 is "a" elsewhere, here "b"',
    );
    expect(await problem({'0_a.png': png, 'names.txt': 'x\na\n'}, {pattern, names: 'names.txt'})).toBe(
      'E304 FOLDER: sample 0_a.png: label 0 is "x", not "a"',
    );
    expect(
      await problem({'9.png': png, 'names.txt': 'x\na\n'}, {pattern: '(?<label>.)\\.', names: 'names.txt'}),
    ).toBe('E304 FOLDER: sample 9.png: label 9, but names.txt names 2 classes');
  });
});

describe('class names', () => {
  const names = async (file: string, content: string): Promise<unknown> =>
    (await load({'1.png': png, [file]: content}, {pattern: '(?<label>.)', names: file})).samples.classes;

  it.each([
    ['n.txt', 'cat\ndog\r\n'],
    ['n.json', '["cat", "dog"]'],
    ['n.json', '{"1": "dog", "0": "cat"}'],
    ['n.json', '{"0": ["n1", "cat"], "1": ["n2", "dog"]}'],
    ['n.json', '[{"index": 1, "name": "dog"}, {"index": 0, "name": "cat"}]'],
  ])('are read from %s: %s', async (file, content) => {
    expect(await names(file, content)).toEqual(['cat', 'dog']);
  });

  it.each([
    ['n.json', '[1]', 'E302 n.json: entry 0 is neither a name nor an object with "index" and "name"'],
    ['n.json', '{"1": "dog"}', 'E302 n.json: class number 0 is missing'],
    ['n.json', '{"x": "dog"}', 'E302 n.json: key "x" is not a class number'],
    [
      'n.json',
      '[{"index": 0, "name": "a"}, {"index": 0, "name": "b"}]',
      'E302 n.json: class number 0 is there twice',
    ],
    ['n.json', '3', 'E302 n.json: neither a list nor an object'],
    ['n.json', '[]', 'E302 n.json: no class names'],
  ])('are refused in %s: %s', async (file, content, expected) => {
    expect(await problem({'1.png': png, [file]: content}, {pattern: '(?<label>.)', names: file})).toBe(
      expected,
    );
  });
});

describe.skipIf(!hasShared)('load image-folder: real photographs', () => {
  const names = shared('assets/data/imagenet_classes.json');

  it('reads 800 photographs, numbered by their names', async () => {
    const pattern = String.raw`^(?<label>\d{4})_(?<class>n\d+)\.jpg$`;
    const {samples, origin} = await loadImages('image-folder', {
      path: shared('assets/data/imagenet_256'),
      pattern,
      names,
    });
    expect(samples.rows).toHaveLength(800);
    expect(samples.classes).toHaveLength(1000);
    expect(samples.rows.every(r => Number(r.id.slice(0, 4)) === r.label)).toBe(true);
    expect(samples.rows[0]!.class).toBe('tench');
    const reader = await openImages(origin);
    for (const sample of samples.rows.filter((_, i) => i % 100 === 0)) {
      const {width, height} = await reader.read(sample);
      expect(Math.min(width, height)).toBe(256);
    }
  });

  it('reads the boxes and classes of Tiny-ImageNet', async () => {
    const {samples} = await loadImages('image-folder', {
      path: shared('assets/data/tiny_imagenet_val'),
      labels: shared('assets/data/tiny_imagenet_val.json'),
      columns: {class: 'wnid', boxes: 'box'},
      names,
    });
    expect(samples.rows).toHaveLength(1000);
    expect(new Set(samples.rows.map(r => r.label)).size).toBe(40);
    const goldfish = samples.rows.find(r => r.id === 'val_68.JPEG')!;
    expect(goldfish).toMatchObject({label: 1, class: 'goldfish', boxes: [{x0: 10, y0: 19, x1: 63, y1: 42}]});
    for (const {boxes} of samples.rows) for (const b of boxes) expect(b.x1 <= 63 && b.y1 <= 63).toBe(true);
  });

  it('reads several boxes of a photograph', async () => {
    const {samples} = await loadImages('image-folder', {
      path: shared('assets/data/raccoon'),
      labels: shared('assets/data/raccoon.json'),
      columns: {boxes: 'boxes'},
    });
    expect(samples.rows).toHaveLength(200);
    expect(samples.rows.reduce((sum, r) => sum + r.boxes.length, 0)).toBe(217);
    expect(samples.classes).toEqual([]);
  });
});
