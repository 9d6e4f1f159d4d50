// Runs npm scripts at the same time, and prints what each says when it ends. Fails if one of them does.
// node tools/check.js SCRIPT...
import {spawn} from 'node:child_process';
import {buffer} from 'node:stream/consumers';

const results = await Promise.all(
  process.argv.slice(2).map(async name => {
    const child = spawn('npm', ['run', '--silent', name], {stdio: ['ignore', 'pipe', 'pipe'], shell: true});
    const ended = new Promise(resolve => child.on('close', resolve));
    const [said, told, code] = await Promise.all([buffer(child.stdout), buffer(child.stderr), ended]);
    console.log(`${name}: ${code === 0 ? 'ok' : 'failed'}`);
    process.stdout.write(said);
    process.stderr.write(told);
    return code;
  }),
);
process.exitCode = results.every(code => code === 0) ? 0 : 1;
