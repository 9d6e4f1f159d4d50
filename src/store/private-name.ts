import {randomBytes} from 'node:crypto';
import {hostname} from 'node:os';
import {join} from 'node:path';

/** A path in a store for what only this process is to see. The store clears it away when the process is dead. */
export const privateName = (root: string): string =>
  join(root, 'drafts', `${hostname()}-${process.pid}-${randomBytes(6).toString('hex')}`);
