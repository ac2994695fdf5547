/** Whether another process on this machine is still there. */
import { systemErrorCode } from './errors.js';

export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, under another user.
    return systemErrorCode(error) !== 'ESRCH';
  }
}
