import {core} from '../../config/scalar.js';

/** A text as a YAML value of an experiment: in quotes unless it can do without. */
export function yamlText(text: string): string {
  // "${" would begin a reference.
  const escaped = text.replaceAll('${', '$${');
  const plain = /^[\w./][\w./-]*$/.test(escaped) && typeof core(escaped) === 'string';
  return plain ? escaped : `'${escaped.replaceAll("'", "''")}'`;
}

/** A map in one line. Its values are YAML already. */
export const flowMap = (fields: Readonly<Record<string, string>>): string =>
  `{${Object.entries(fields)
    .map(([key, value]) => `${key}: ${value}`)
    .join(', ')}}`;
