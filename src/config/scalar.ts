/** YAML 1.2 core schema (section 10.3.2): what a plain scalar means when nothing is known of the place it stands in. */

const INTEGER = /^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const INFINITE = /^([-+])?\.(?:inf|Inf|INF)$/;

export type Plain = string | number | boolean | null;

/** The value of a plain scalar. Infinities and NaN are values here; whether they are welcome is for the caller. */
export function core(text: string): Plain {
  switch (text) {
    case '':
    case '~':
    case 'null':
    case 'Null':
    case 'NULL':
      return null;
    case 'true':
    case 'True':
    case 'TRUE':
      return true;
    case 'false':
    case 'False':
    case 'FALSE':
      return false;
    case '.nan':
    case '.NaN':
    case '.NAN':
      return NaN;
  }
  if (INTEGER.test(text) || FLOAT.test(text)) return Number(text);
  const infinite = INFINITE.exec(text);
  if (infinite) return infinite[1] === '-' ? -Infinity : Infinity;
  return text;
}

/** Why a number cannot stand as written, or null if it can: it is not finite, or an integer that float64 would round. */
export function inexact(text: string, value: number): string | null {
  if (!Number.isFinite(value)) return `${text} is not a finite number`;
  if (INTEGER.test(text) && !Number.isSafeInteger(value)) return `${text} is too large to be an exact number`;
  return null;
}
