#!/usr/bin/env node
import {existsSync} from 'node:fs';

const main = new URL('../dist/cli/main.js', import.meta.url);
if (existsSync(main)) await import(main.href);
else {
  console.error('strata is not built yet: npm run build');
  process.exitCode = 2;
}
