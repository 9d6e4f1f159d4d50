import type {Diagnostic} from '../diagnostics/diagnostic.js';
import {StrataError} from '../diagnostics/diagnostic.js';

/** Expected failures know what to say. Anything else is a bug of a stage: the message for the user, the stack for the journal. */
export function brokenStage(error: unknown, label: string): readonly Diagnostic[] {
  if (error instanceof StrataError) return error.diagnostics;
  const {message, stack} = error instanceof Error ? error : new Error(String(error));
  return [{code: 'E503', message: `stage "${label}" broke: ${message}`, stack: stack ?? message}];
}
