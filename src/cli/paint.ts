import {Chalk} from 'chalk';
import type {Painter} from '../diagnostics/print.js';
import type {Paint} from './reporters/plain.js';

/** Whether a stream shows colours: a terminal, unless NO_COLOR is set. */
export const coloured = (stream: NodeJS.WriteStream): boolean =>
  stream.isTTY && (process.env['NO_COLOR'] ?? '') === '' && process.env['TERM'] !== 'dumb';

/** Colours for text of the program's own. */
export function paintFor(stream: NodeJS.WriteStream): Paint {
  const chalk = new Chalk({level: coloured(stream) ? 1 : 0});
  return (style, text) => chalk[style](text);
}

/** Colours for diagnostics. */
export function painterFor(stream: NodeJS.WriteStream): Painter {
  const paint = paintFor(stream);
  return {
    code: text => paint('red', text),
    place: text => paint('bold', text),
    gutter: text => paint('dim', text),
    mark: text => paint('red', text),
    hint: text => paint('cyan', text),
  };
}
