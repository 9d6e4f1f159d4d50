import {createRequire} from 'node:module';

/**
 * parquetjs, without its Brotli in JavaScript: that takes ten times as long to load as all the rest, and no table here is
 * compressed with it.
 */
export function loadParquet(): typeof import('parquetjs') {
  const require = createRequire(import.meta.url);
  const brotli = createRequire(require.resolve('parquetjs')).resolve('brotli');
  const unused = {id: brotli, filename: brotli, loaded: true, exports: {}} as NodeJS.Module;
  require.cache[brotli] ??= unused;
  // The emscripten code of its Brotli also left a handler for uncaught exceptions behind, which would hide crashes.
  return require('parquetjs') as typeof import('parquetjs');
}
