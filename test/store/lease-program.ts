import {type ChildProcess, spawn} from 'node:child_process';
import {fileURLToPath} from 'node:url';

const preload = fileURLToPath(new URL('../rig/preload.js', import.meta.url));
const lease = fileURLToPath(new URL('../../dist/store/lease.js', import.meta.url));

/** A process that has `leases`, on the store `root`, and runs a program; its standard output is what it says. */
export function start(
  root: string,
  program: string,
  env: Readonly<Record<string, string>> = {},
): ChildProcess {
  const source = `
    import fs from 'node:fs';
    import {setTimeout as sleep} from 'node:timers/promises';
    import {Leases} from ${JSON.stringify(lease)};
    const root = process.argv[1];
    const leases = new Leases(root);
    ${program}`;
  const args = ['--import', preload, '--input-type=module', '--eval', source, root];
  return spawn(process.execPath, args, {env: {...process.env, ...env}, stdio: ['ignore', 'pipe', 'inherit']});
}

/** Waits until a process has said something. */
export function said(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdout!.once('data', () => resolve());
    child.once('exit', code => reject(new Error(`ended with ${code} and said nothing`)));
  });
}

/** Waits for the end of a process and gives its exit code, null after a signal. */
export function ended(child: ChildProcess): Promise<number | null> {
  return new Promise(resolve => child.once('close', code => resolve(code)));
}

/** Ends a process with SIGKILL and waits until it is gone. */
export async function killed(child: ChildProcess): Promise<void> {
  const end = ended(child);
  child.kill('SIGKILL');
  await end;
}
