/** The SNMP face: an agent over the machine's live state, silent without power or cable, and traps when the alert table changes. */
import type { Clock } from '#base/clock.js';
import { errorText, PhaserLinkError } from '#base/errors.js';
import type { Log } from '#base/log.js';
import { SnmpAgent, type TrapReceiver } from '#runtime/snmp-agent.js';
import { startSnmpEngine } from '#runtime/snmp-engine.js';
import { alertNotification, clearedNotification } from '#wire/alert-notification.js';
import { MibView } from '#wire/mib-view.js';
import type { ChannelModel, PrinterModel } from '#wire/printer-model.js';
import { printerParts } from '#wire/printer-view.js';
import { coldStart, type SnmpNotification } from '#wire/snmp-notification.js';
import { statisticsParts } from '#wire/snmp-statistics.js';
import { stops } from '../machine/conditions.js';
import type { MachineChange } from '../machine/machine.js';
import type { Alert } from '../machine/state.js';
import type { Printer } from '../printer.js';
import type { SnmpSettings } from '../settings.js';
import { alertModel, ethernetAddressOf, snmpModel, tektronixParts } from './snmp-model.js';
import { type Face, isReachable } from './tcp-face.js';

export interface SnmpFaceOptions {
  settings: SnmpSettings;
  /** Where the engine's identity is kept. */
  dataDir: string;
  printer: Pick<Printer, 'machine'>;
  /** The other faces, as entrances for print data. */
  channels: readonly Omit<ChannelModel, 'accepting'>[];
  clock: Clock;
  log: Log;
}

export async function startSnmpFace(options: SnmpFaceOptions): Promise<Face> {
  const { settings, dataDir, clock, log } = options;
  const { machine } = options.printer;
  const { host, communities, users } = settings;
  const receivers = trapReceivers(settings);
  const engine = await startSnmpEngine(dataDir, clock);
  const live = new LiveModel(options, engine.id);
  const agent: SnmpAgent = await SnmpAgent.start({
    host,
    port: settings.port,
    engine,
    communities,
    users,
    view: () =>
      live.view(
        () => statisticsParts(agent.statistics, engine),
        () => agent.traffic,
      ),
    listening: () => isReachable(machine.state),
    clock,
    log,
  }).catch((cause: unknown) => {
    throw new PhaserLinkError({
      code: 'phaser740-cannot-listen',
      retry: 'permanent',
      text: `cannot listen for SNMP on ${host}:${settings.port}: ${errorText(cause)}; choose another port`,
      cause,
    });
  });
  log.info({ event: 'listening', face: 'snmp', port: agent.port }, `SNMP on ${host}, port ${agent.port}`);
  const notify = (name: SnmpNotification) => {
    if (isReachable(machine.state)) agent.notify(name, receivers);
  };
  const unsubscribe = machine.subscribe((change) => {
    for (const notification of live.follow(change)) notify(notification);
  });
  notify(live.started());
  return {
    port: agent.port,
    async stop() {
      unsubscribe();
      await agent.stop();
    },
  };
}

/** The model of the machine as it is now, made again only when somebody asks after a change. */
class LiveModel {
  readonly #options: SnmpFaceOptions;
  readonly #ethernetAddress: Buffer;
  #poweredOn: { epochMs: number; monotonicMs: number };
  #criticalAlerts = 0;
  #allAlerts = 0;
  #view: MibView | null = null;

  constructor(options: SnmpFaceOptions, engineId: Buffer) {
    this.#options = options;
    this.#ethernetAddress = ethernetAddressOf(engineId);
    this.#poweredOn = this.#moment();
    for (const alert of options.printer.machine.state.alerts) this.#count(alert);
  }

  view(statistics: () => ReturnType<typeof statisticsParts>, traffic: () => SnmpAgent['traffic']): MibView {
    const { machine } = this.#options.printer;
    this.#view ??= new MibView(
      ...printerParts(this.#model(traffic)),
      ...tektronixParts(machine.device, this.#ethernetAddress),
      ...statistics(),
    );
    return this.#view;
  }

  started(): SnmpNotification {
    return { name: coldStart, uptimeMs: this.#uptimeMs(), bindings: [] };
  }

  /** Takes a change in; what is to be told of it. */
  follow({ before, state, effects }: MachineChange): SnmpNotification[] {
    const { machine } = this.#options.printer;
    this.#view = null;
    const told: SnmpNotification[] = [];
    if (before.phase === 'off' && state.phase !== 'off') {
      this.#poweredOn = this.#moment();
      this.#criticalAlerts = 0;
      this.#allAlerts = 0;
      told.push(this.started());
    }
    const uptimeMs = this.#uptimeMs();
    for (const effect of effects) {
      if (effect.type === 'alert-raised') {
        this.#count(effect.alert);
        const alert = alertModel(machine.device, state, effect.alert, this.#poweredOn.epochMs);
        told.push(alertNotification(alert, uptimeMs));
      }
      if (effect.type === 'alert-cleared') {
        told.push(clearedNotification(effect.alert.index, uptimeMs));
      }
    }
    return told;
  }

  #model(traffic: () => SnmpAgent['traffic']): PrinterModel {
    const { settings, printer, channels, clock } = this.#options;
    const { machine } = printer;
    return snmpModel(machine.device, machine.state, {
      settings,
      ethernetAddress: this.#ethernetAddress,
      now: () => clock.now(),
      uptimeMs: () => this.#uptimeMs(),
      poweredOnAt: this.#poweredOn.epochMs,
      criticalAlerts: this.#criticalAlerts,
      allAlerts: this.#allAlerts,
      pageCounter: machine.pageCounter,
      channels: channels.map((channel) => ({ ...channel, accepting: machine.state.online })),
      traffic,
    });
  }

  #count(alert: Alert): void {
    this.#allAlerts++;
    if (stops(alert)) this.#criticalAlerts++;
  }

  #uptimeMs(): number {
    return this.#options.clock.monotonic() - this.#poweredOn.monotonicMs;
  }

  #moment(): { epochMs: number; monotonicMs: number } {
    const { clock } = this.#options;
    return { epochMs: clock.now(), monotonicMs: clock.monotonic() };
  }
}

function trapReceivers({ trapReceivers: receivers, users }: SnmpSettings): TrapReceiver[] {
  return receivers.map(({ host, port, community, user: name }) => {
    if (name === undefined) return { host, port, audience: { community } };
    const user = users.find((known) => known.name === name);
    if (user === undefined) {
      const text = `snmp.trapReceivers: ${host} is to be told as user ${name}, who is not among snmp.users`;
      throw new PhaserLinkError({ code: 'phaser740-snmp-user-unknown', retry: 'permanent', text });
    }
    return { host, port, audience: { user } };
  });
}
