import type {Variant} from '../config/load.js';

/** The name of an experiment as its file gives it, without the variant's id. */
export const experimentName = ({id, experiment: {name}}: Variant): string =>
  id === null ? name : name.slice(0, -id.length - 1);
