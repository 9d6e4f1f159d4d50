import {PGraph} from 'p-graph';

/**
 * Runs every id after those it depends on, at most `atOnce` at a time. Of those that are ready the one with the longest chain
 * behind it comes first, and of equals the first in the order given.
 *
 * p-graph keeps starting tasks after one has thrown and knows neither results nor cancelling, so `run` must not throw:
 * it looks at the outcomes upstream and decides for itself whether to work.
 */
export async function schedule(
  ids: readonly string[],
  dependsOn: (id: string) => readonly string[],
  run: (id: string) => Promise<void>,
  atOnce: number,
): Promise<void> {
  if (ids.length === 0) return;
  // Among tasks of equal weight p-graph's order is arbitrary: distinct small priorities make it ours.
  const nodes = new Map(ids.map((id, i) => [id, {run: () => run(id), priority: 1 - i / ids.length}]));
  const edges = ids.flatMap(id => dependsOn(id).map((before): [string, string] => [before, id]));
  await new PGraph(nodes, edges).run({concurrency: atOnce});
}
