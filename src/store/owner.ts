import {randomBytes} from 'node:crypto';
import {readFileSync, readlinkSync} from 'node:fs';
import {hostname} from 'node:os';

/** A process, told from the others that have its number at another time. */
export interface OwnerProcess {
  readonly pid: number;
  /** When it was started, in ticks of its machine; null where the system does not tell. */
  readonly start: string | null;
}

/** Who holds something: one or several processes of one machine. */
export interface Owner {
  readonly host: string;
  /** Of the machine's present time up; null where the system does not tell. */
  readonly boot: string | null;
  /** In which the numbers of the processes mean something; containers of one machine have their own. */
  readonly pidNamespace: string | null;
  /** The owner is alive for as long as any of them is. */
  readonly processes: readonly OwnerProcess[];
  /** Tells this holding from every other. */
  readonly nonce: string;
}

/** A new holding of this process. */
export function newOwner(): Owner {
  return {...here(), processes: [describe(process.pid)], nonce: randomBytes(8).toString('hex')};
}

/** The owner, with one more process of this machine. */
export function withProcess(owner: Owner, pid: number): Owner {
  return {...owner, processes: [...owner.processes, describe(pid)]};
}

/** Whether every process of the owner is known to have ended. What runs elsewhere is never known to have ended. */
export function hasEnded(owner: Owner): boolean {
  return isHere(owner) && owner.processes.every(p => !isAlive(p));
}

/** What changes while the owner's processes compute, as far as can be seen from here. */
export function workOf(owner: Owner): string {
  return isHere(owner) ? owner.processes.map(({pid}) => readStat(pid)?.cpu ?? '').join() : '';
}

/**
 * Whether a process of this machine lives. A number that was given to another process since does not count, nor does a
 * process that has ended and that its parent has not asked about yet.
 */
export function isAlive({pid, start}: OwnerProcess): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const stat = readStat(pid);
  if (stat === undefined) return true;
  return !'ZX'.includes(stat.state) && (start === null || start === stat.start);
}

const describe = (pid: number): OwnerProcess => ({pid, start: readStat(pid)?.start ?? null});

type Machine = Pick<Owner, 'host' | 'boot' | 'pidNamespace'>;
let machine: Machine | undefined;

const here = (): Machine =>
  (machine ??= {
    host: hostname(),
    boot: orNull(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    pidNamespace: orNull(() => readlinkSync('/proc/self/ns/pid')),
  });

/** Whether its processes are processes of this machine, as seen from here. */
export function isHere({host, boot, pidNamespace}: Machine): boolean {
  const own = here();
  return host === own.host && boot === own.boot && pidNamespace === own.pidNamespace;
}

/** What Linux tells of a process; undefined on other systems, and for a process that cannot be seen. */
function readStat(pid: number): {state: string; start: string; cpu: string} | undefined {
  const text = orNull(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  if (text === null) return undefined;
  // The second field is the program's name in brackets, and may itself hold blanks and brackets.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return {state: fields[0]!, start: fields[19]!, cpu: `${fields[11]}+${fields[12]}`};
}

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
