/** Requests to a view as an agent's answers see them, and a printer's values by their MIB names. */
import { BerReader, berTags, encodeInteger, encodeOid, type Oid, parseOid, tlv } from '#wire/ber.js';
import type { ObjectGroup } from '#wire/mib-objects.js';
import { MibView } from '#wire/mib-view.js';
import { printerParts } from '#wire/printer-view.js';
import { decodeRequest, type RequestType, type SnmpRequest } from '#wire/snmp-pdu.js';
import type { SnmpValue } from '#wire/snmp-values.js';
import type { Device } from '../../firmware-sim/device/device.js';
import { channel, snmpModel } from '../../firmware-sim/faces/snmp-model.js';
import type { MachineState } from '../../firmware-sim/machine/state.js';

const pduTags: Record<RequestType, number> = { get: 0xa0, 'get-next': 0xa1, set: 0xa3, 'get-bulk': 0xa5 };
const nullValue = tlv(berTags.null);

export function requestPdu(type: RequestType, oids: readonly string[], second = 0, third = 0): Buffer {
  const bindings = oids.map((oid) => tlv(berTags.sequence, encodeOid(parseOid(oid)), nullValue));
  return tlv(
    pduTags[type],
    encodeInteger(77),
    encodeInteger(second),
    encodeInteger(third),
    tlv(berTags.sequence, ...bindings),
  );
}

export function request(type: RequestType, oids: readonly string[], second = 0, third = 0): SnmpRequest {
  return decodeRequest(new BerReader(requestPdu(type, oids, second, third)));
}

/** A whole message of version 1 or 2c. */
export function communityMessage(version: 0 | 1, community: string, pdu: Buffer): Buffer {
  return tlv(berTags.sequence, encodeInteger(version), tlv(berTags.octets, Buffer.from(community)), pdu);
}

/** Name and tag of each binding in encoded form. */
export function readBindings(bindings: readonly Buffer[]): [oid: string, tag: number][] {
  return bindings.map((bytes) => {
    const binding = new BerReader(bytes).enter(berTags.sequence);
    return [binding.oid().join('.'), binding.peek()];
  });
}

/** The view of a machine in this state. */
export function viewOf(
  device: Device,
  state: MachineState,
  alertCounts = { criticalAlerts: 0, allAlerts: 0 },
) {
  const model = snmpModel(device, state, {
    settings: { objectId: '1.3.6.1.4.1.8072.9999.9999.740.2', contact: 'a', location: 'b' },
    ethernetAddress: Buffer.from([8, 0, 17, 1, 2, 3]),
    now: () => Date.UTC(2026, 0, 2, 3, 4, 5, 600),
    uptimeMs: () => 12_345,
    poweredOnAt: 0,
    ...alertCounts,
    pageCounter: state.counters.pages,
    channels: channel('chAppSocket', '127.0.0.1', 9100).map((face) => ({ ...face, accepting: true })),
    traffic: () => ({ inOctets: 1, inPackets: 2, outOctets: 3, outPackets: 4 }),
  });
  return new MibView(...printerParts(model));
}

export function walk(view: MibView): { oid: Oid; value: SnmpValue }[] {
  return Array.from({ length: view.size }, (_, index) => ({
    oid: view.oidAt(index),
    value: view.valueAt(index),
  }));
}

/** The values of one object in all its rows, text as text, a character for each byte. */
export function column<G extends ObjectGroup>(view: MibView, { base, objects }: G, name: keyof G['objects']) {
  const [number] = objects[name as string] ?? [0];
  const prefix = [...base, number].join('.');
  return walk(view)
    .filter(({ oid }) => oid.join('.').startsWith(`${prefix}.`))
    .map(({ value }) => (value.type === 'octets' ? value.value.toString('latin1') : value.value));
}
