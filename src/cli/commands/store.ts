import {resolve} from 'node:path';
import {findRun, readRun} from '../../runner/run-folder.js';
import type {Grid} from '../../report/grid.js';
import {toText} from '../../report/table.js';
import {pinRun, pinnedRuns, unpinRun} from '../../store/pin.js';
import type {StoreStatus} from '../../store/status.js';
import {storeStatus} from '../../store/status.js';
import {paintFor} from '../paint.js';
import {formatSize} from '../size.js';
import {formatSpan} from '../span.js';
import {openStore, outputsFolder} from '../workspace.js';

/** `strata store status` */
export async function status({json = false}: {json?: boolean}): Promise<number> {
  const store = openStore();
  const found = await storeStatus(store);
  process.stdout.write(`${json ? JSON.stringify(found, null, 1) : textOf(found)}\n`);
  return 0;
}

/** `strata store pin RUN` */
export async function pin(run: string): Promise<number> {
  const folder = resolve(findRun(outputsFolder(), run));
  const {experiment, stages} = readRun(folder);
  const keys = Object.values(stages).flatMap(stage => stage.key ?? []);
  pinRun(openStore(), {folder, experiment: experiment.name, keys});
  return Promise.resolve(0);
}

/** `strata store unpin RUN`. The folder of the run may be gone. */
export async function unpin(run: string): Promise<number> {
  const store = openStore();
  const pinned = pinnedRuns(store).filter(folder => folder === resolve(run) || folder.endsWith(`/${run}`));
  unpinRun(store, pinned.length === 1 ? pinned[0]! : resolve(findRun(outputsFolder(), run)));
  return Promise.resolve(0);
}

function textOf({results, saved, stages, experiments, largest, runs, ...others}: StoreStatus): string {
  const paint = paintFor(process.stdout);
  const now = Date.now();
  const table = (columns: readonly string[], rows: Grid['rows']): string[] => {
    const grid = {columns: columns.map(name => ({name})), rows};
    return rows.length === 0 ? [] : [`${toText(grid, {dim: text => paint('dim', text)})}\n`];
  };
  const states = Object.entries({
    'going on': runs.live,
    pinned: runs.pinned,
    'without a folder': runs.gone,
    'of other machines': runs.elsewhere,
  }).flatMap(([what, count]) => (count > 0 ? [`${count} ${what}`] : []));
  const count = Object.values(runs).reduce((a, b) => a + b);
  return [
    ...table(
      ['stage', 'results', 'size'],
      stages.map(s => ({stage: s.stage, results: s.count, size: formatSize(s.bytes)})),
    ),
    ...table(
      ['experiment', 'runs', 'results', 'size', 'last used'],
      experiments.map(e => ({
        experiment: e.experiment ?? '(no run)',
        runs: e.runs,
        results: e.count,
        size: formatSize(e.bytes),
        'last used': `${formatSpan(now - e.used)} ago`,
      })),
    ),
    ...table(
      ['largest', 'stage', 'size'],
      largest.map(({key, stage, bytes}) => ({largest: key.slice(0, 12), stage, size: formatSize(bytes)})),
    ),
    `${results.count} results, ${formatSize(results.bytes)}; ${formatSize(saved)} saved by sharing`,
    [`${count} runs`, ...states].join(', '),
    ...Object.entries({
      'blobs of no result': others.unusedBlobs,
      'in quarantine': others.quarantine,
      drafts: others.drafts,
    }).flatMap(([what, a]) => (a.count > 0 ? [`${a.count} ${what}, ${formatSize(a.bytes)}`] : [])),
  ].join('\n');
}
