import {defineConfig} from 'vitest/config';
import {BaseSequencer} from 'vitest/node';
import type {TestSpecification} from 'vitest/node';

// Tests are typed against src/ and run against dist/: what is tested is what is shipped, worker entry points included.
const root = new URL('.', import.meta.url).pathname;

/** Files that take longest: they begin first, so that no core waits for another at the end. */
const LONGEST = [
  'real-networks',
  'published-facts',
  'killed',
  'changes',
  'docs',
  'neighbors',
  'contract',
  'failing',
  'shipped',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({moduleId}: TestSpecification): number => {
      const at = LONGEST.findIndex(name => moduleId.endsWith(`/${name}.test.ts`));
      return at < 0 ? LONGEST.length : at;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  resolve: {alias: [{find: /^(?:\.\.\/)+src\/(.*)$/, replacement: `${root}dist/$1`}]},
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/rig/property-seed.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    sequence: {sequencer: LongestFirst},
  },
});
