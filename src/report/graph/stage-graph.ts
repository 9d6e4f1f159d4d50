import type {Experiment, Stage} from '../../config/experiment.js';
import type {Catalogue, CatalogueEntry} from '../../stages/catalogue.js';

export interface StageNode {
  readonly label: string;
  /** Kind and name: `metric twonn`. */
  readonly title: string;
  readonly output: CatalogueEntry['output'];
}

/** What a stage takes from another. */
export interface StageEdge {
  readonly from: string;
  readonly to: string;
  /** The port it is taken on; null for the one that a bare `from: label` binds. */
  readonly port: string | null;
}

/** The stages of an experiment and how they are joined, both in the order in which the file declares them. */
export interface StageGraph {
  readonly nodes: readonly StageNode[];
  readonly edges: readonly StageEdge[];
}

/** The graph of an experiment, whose stages must all be in the catalogue. */
export function stageGraph({stages}: Experiment, catalogue: Catalogue): StageGraph {
  const entryOf = ({kind, name}: Stage): CatalogueEntry =>
    catalogue.stages.find(e => e.kind === kind && e.name === name)!;
  const all = [...stages.values()];
  return {
    nodes: all.map(stage => ({
      label: stage.label,
      title: stage.name === null ? stage.kind : `${stage.kind} ${stage.name}`,
      output: entryOf(stage).output,
    })),
    edges: all.flatMap(stage => {
      const [main] = Object.keys(entryOf(stage).inputs);
      return Object.entries(stage.from).flatMap(([port, labels]) =>
        labels.map(from => ({from, to: stage.label, port: port === main ? null : port})),
      );
    }),
  };
}
