import {getSystemErrorMap} from 'node:util';

/** An error of the operating system, as the functions of Node throw it. */
export type SystemError = NodeJS.ErrnoException & {readonly code: string; readonly errno: number};

/** Whether an error comes from the operating system; if not, it is a bug or one of ours. */
export const isSystemError = (error: unknown): error is SystemError =>
  error instanceof Error && typeof (error as NodeJS.ErrnoException).errno === 'number';

/** The system's reason in words: `no space left on device`. */
export function reasonOf({code, errno}: SystemError): string {
  return code === 'EIO' ? 'input/output error' : (getSystemErrorMap().get(errno)?.[1] ?? code);
}
