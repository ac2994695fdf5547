/** What goes wrong when a printer is asked by SNMP, in words that say what to do: all of it may be over when it is tried again. */
import { errorText, PhaserLinkError, systemErrorCode } from '#base/errors.js';
import type { SnmpAccess } from '#wire/snmp-manager.js';
import type { ReportCause } from '#wire/snmp-v3-message.js';

export class SnmpTroubles {
  readonly #where: string;
  readonly #access: SnmpAccess;

  constructor({ host, port, access }: { host: string; port: number; access: SnmpAccess }) {
    this.#where = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    this.#access = access;
  }

  silence(): PhaserLinkError {
    const { version } = this.#access;
    const what =
      version === '3'
        ? 'that its user has this privacy password and protocol'
        : 'that it knows this community and lets this machine read';
    const text = `no answer from ${this.#where} by SNMP version ${version} ${this.#whom()}: check that the printer is on, that SNMP is switched on in its settings, ${what}, and that no firewall is between`;
    return trouble('snmp-no-answer', text);
  }

  refusal(cause: ReportCause): PhaserLinkError {
    return trouble('snmp-refused', `${this.#where} does not answer by SNMP version 3: ${this.#why(cause)}`);
  }

  /** RFC 3413 §3.2: who is known, but may not read here. */
  forbidden(): PhaserLinkError {
    const text = `${this.#where} lets nothing be read ${this.#whom()} (authorizationError): allow it on the printer, or set a privacy password if it asks for one`;
    return trouble('snmp-refused', text);
  }

  #whom(): string {
    const access = this.#access;
    return access.version === '3' ? `as user ${access.user.name}` : 'under the community that is set';
  }

  #why(cause: ReportCause): string {
    const access = this.#access;
    if (access.version !== '3') return cause;
    const { name, authProtocol, privacy } = access.user;
    switch (cause) {
      case 'unknownUserNames':
        return `it knows no user ${name} (${cause}); add that user on the printer, or set one that it has`;
      case 'wrongDigests':
        return `the password of user ${name} is wrong, or its authentication protocol is not ${authProtocol} (${cause})`;
      case 'decryptionErrors':
        return `the privacy password of user ${name} is wrong, or its privacy protocol is not ${privacy?.privProtocol} (${cause})`;
      case 'unsupportedSecLevels':
        return privacy === null
          ? `user ${name} may not read without privacy (${cause}); set a privacy password`
          : `user ${name} may not read with privacy (${cause}); set none, or allow it on the printer`;
      case 'notInTimeWindows':
        return `it does not keep to the time that it tells (${cause}); switching it off and on may help`;
      default:
        return cause;
    }
  }

  network(error: unknown): PhaserLinkError {
    const code = systemErrorCode(error);
    if (code === 'ECONNREFUSED') {
      const text = `nothing listens for SNMP on ${this.#where}: switch SNMP on in the printer's settings, or set the port that it uses`;
      return trouble('snmp-not-there', text, error);
    }
    const text = `cannot ask ${this.#where} by SNMP: ${errorText(error)}; check the printer's name and the network`;
    return trouble('snmp-network', text, error);
  }

  endless(afterMs: number): PhaserLinkError {
    const text = `${this.#where} is not through with its answers by SNMP after ${afterMs / 1000} seconds; it is asked again later`;
    return trouble('snmp-endless', text);
  }

  closed(): PhaserLinkError {
    return trouble('snmp-closed', `${this.#where} is not asked by SNMP any more`);
  }
}

function trouble(code: string, text: string, cause?: unknown): PhaserLinkError {
  return new PhaserLinkError({ code, retry: 'temporary', text, cause });
}
