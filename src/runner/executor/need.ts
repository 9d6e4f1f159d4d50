import type {Node} from '../node.js';
import type {ArtifactInfo, StageDefinition} from '../../stages/define.js';

/** What one job takes of the machine while it runs. */
export interface Need {
  /** Cores, and so native threads. */
  readonly cpu: number;
  /** Cores that must be free for it to begin; of more threads than that it makes do with what the others leave. */
  readonly least: number;
  /** Bytes. */
  readonly memory: number;
  /** A device of which only one job at a time can make use: cuda (any), cuda:1, webgpu. */
  readonly device: string | null;
}

/** Rules for the jobs of a stage that a user may set, `job:` in the experiment. None of them can change a result. */
export interface JobRules {
  readonly cpu?: number;
  /** GB. */
  readonly memory?: number;
  /** Seconds. */
  readonly timeout?: number;
  readonly retries?: number;
}

export const rulesOf = ({params}: Node): JobRules => params['job'] ?? {};

/**
 * The need of each of some jobs of a stage that could run side by side. What a stage does with native threads is divided:
 * two jobs on eight cores take four each.
 */
export function needOf(
  stage: StageDefinition,
  node: Node,
  inputs: Readonly<Record<string, ArtifactInfo>>,
  sideBySide: number,
  {cores, jobs}: {cores: number; jobs: number},
): Need {
  const rules = rulesOf(node);
  const own = stage.resources?.(node.params, inputs) ?? {};
  const {allCores = stage.runtime === true, memory = 0, device = null} = own;
  const share = Math.max(1, Math.floor(cores / Math.min(sideBySide, jobs)));
  const cpu = rules.cpu ?? (allCores ? share : 1);
  return {
    cpu,
    least: rules.cpu ?? 1,
    memory: rules.memory === undefined ? memory : rules.memory * 1e9,
    device,
  };
}
