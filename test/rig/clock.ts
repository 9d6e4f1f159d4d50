import {rmSync, statSync, writeFileSync} from 'node:fs';
import {setTimeout} from 'node:timers/promises';

/** Waits until the clock of a file's file system has moved well past the file's last change, so that its next one shows. */
export async function clockMoves(file: string): Promise<void> {
  const probe = `${file}.clock`;
  const since = statSync(file).ctimeMs;
  do {
    await setTimeout(5);
    writeFileSync(probe, '');
  } while (statSync(probe).ctimeMs < since + 100);
  rmSync(probe);
}
