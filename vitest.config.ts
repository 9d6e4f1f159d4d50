import {defineConfig} from 'vitest/config';

// Tests are typed against src/ and run against dist/: what is tested is what is shipped, worker entry points included.
const root = new URL('.', import.meta.url).pathname;

export default defineConfig({
  resolve: {alias: [{find: /^(?:\.\.\/)+src\/(.*)$/, replacement: `${root}dist/$1`}]},
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/rig/property-seed.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
