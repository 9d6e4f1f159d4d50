import type {BigIntStats} from 'node:fs';
import {statSync} from 'node:fs';

/**
 * Identity of a file's bytes as far as the file system tells: device, inode, size, and the times (ns) of the last change
 * of its content and of anything about it. No program can set the last, so that an edit shows even when size and time
 * of modification are put back.
 */
export type Stamp = string;

/** The stamp of a file. Throws if there is none. */
export const stampOf = (file: string): Stamp => stampFrom(statSync(file, {bigint: true}));

/** The stamp of a file, or undefined if there is none. */
export function stampIfThere(file: string): Stamp | undefined {
  const stat = statSync(file, {bigint: true, throwIfNoEntry: false});
  return stat && stampFrom(stat);
}

const stampFrom = ({dev, ino, size, mtimeNs, ctimeNs}: BigIntStats): Stamp =>
  `${dev}/${ino}/${size}/${mtimeNs}/${ctimeNs}`;

/** Size of the file, in bytes. */
export const bytesOf = (stamp: Stamp): number => Number(stamp.split('/')[2]);

/** The part of a stamp that stays when the file is edited in place. */
export const inodeOf = (stamp: Stamp): string => stamp.slice(0, stamp.indexOf('/', stamp.indexOf('/') + 1));

/** Clocks of Linux move every 1 to 10 ms, that of Windows every 16 ms; this is several times that. */
const TICK = 50_000_000n;

/** For a file system that keeps whole or even seconds, and for one whose clock is another than the store's. */
const COARSE_TICK = 2_100_000_000n;

/**
 * Whether an edit made at or after a moment would show in the stamp. Within one tick of the file system's clock two
 * edits bear the same time.
 *
 * @param moment ns, by the clock of the file system `device`
 */
export function wouldShowEdit(stamp: Stamp, moment: bigint, device: bigint): boolean {
  const [dev, , , mtime, ctime] = stamp.split('/').map(BigInt) as [bigint, bigint, bigint, bigint, bigint];
  const tick = dev === device && ctime % 1_000_000_000n !== 0n ? TICK : COARSE_TICK;
  const away = mtime > moment ? mtime - moment : moment - mtime;
  return ctime + tick < moment && away > tick;
}
