/** Our programs as processes of a test's own: never left behind. */
import { onTestFinished } from 'vitest';
import { type ProgramName, RunningProgram } from './running-program.js';

export class RealServer extends RunningProgram {
  /** Ends with the running test at the latest. */
  constructor(program: ProgramName, args: string[], env = process.env) {
    super(program, args, { env });
    onTestFinished(async () => {
      await this.end('SIGKILL');
    });
  }
}
