/** MIB-II's system and interfaces and the Host Resources MIB of a printer (RFC 3418, RFC 2863, RFC 2790): one device, the printer. */
import { parseOid } from './ber.js';
import {
  deviceTable,
  deviceTypePrinter,
  hostStorageGroup,
  hostSystemGroup,
  interfacesGroup,
  interfaceTable,
  printerTable,
  storageTable,
  systemGroup,
} from './host-objects.js';
import { scalarsPart, tablePart } from './mib-objects.js';
import type { MibPart } from './mib-view.js';
import type { InterfaceModel, PrinterModel, StorageModel } from './printer-model.js';
import { detectedErrorState, overallStatus } from './printer-status.js';

/** hrDeviceIndex of the printer: managers ask for no other. */
export const printerDevice = 1;

const storageTypes = { ram: parseOid('1.3.6.1.2.1.25.2.1.2'), disk: parseOid('1.3.6.1.2.1.25.2.1.4') };
const nullOid = parseOid('0.0');
/** RFC 3418: an application (layer 7) on an internet host (layer 4). */
const sysServices = 72;
const interfaceStatus = { up: 1, down: 2 };
const allocationUnit = 1024;

export function hostParts(model: PrinterModel): MibPart[] {
  const { system, uptimeMs, interfaces, memoryBytes, storages, makeAndModel } = model;
  const { device, printer } = overallStatus(model);
  const row = { index: [printerDevice] };
  return [
    scalarsPart(systemGroup, {
      sysDescr: system.description,
      sysObjectID: system.objectId,
      sysUpTime: uptimeMs,
      sysContact: system.contact,
      sysName: system.name,
      sysLocation: system.location,
      sysServices,
    }),
    scalarsPart(interfacesGroup, { ifNumber: interfaces.length }),
    tablePart(interfaceTable, interfaces.map(interfaceRow)),
    scalarsPart(hostSystemGroup, { hrSystemUptime: uptimeMs, hrSystemDate: () => dateAndTime(model.now()) }),
    scalarsPart(hostStorageGroup, { hrMemorySize: Math.floor(memoryBytes / 1024) }),
    tablePart(storageTable, storages.map(storageRow)),
    tablePart(deviceTable, [
      {
        ...row,
        row: {
          hrDeviceIndex: printerDevice,
          hrDeviceType: deviceTypePrinter,
          hrDeviceDescr: makeAndModel,
          hrDeviceID: nullOid,
          hrDeviceStatus: device,
          hrDeviceErrors: model.criticalAlerts,
        },
      },
    ]),
    tablePart(printerTable, [
      { ...row, row: { hrPrinterStatus: printer, hrPrinterDetectedErrorState: detectedErrorState(model) } },
    ]),
  ];
}

function interfaceRow(face: InterfaceModel, place: number) {
  const status = face.up ? interfaceStatus.up : interfaceStatus.down;
  return {
    index: [place + 1],
    row: {
      ifIndex: place + 1,
      ifDescr: face.name,
      ifType: face.type,
      ifMtu: face.mtu,
      ifSpeed: face.bitsPerSecond,
      ifPhysAddress: face.address,
      ifAdminStatus: interfaceStatus.up,
      ifOperStatus: status,
      ifLastChange: 0,
      ifInOctets: () => face.traffic().inOctets,
      ifInUcastPkts: () => face.traffic().inPackets,
      ifInDiscards: 0,
      ifInErrors: 0,
      ifInUnknownProtos: 0,
      ifOutOctets: () => face.traffic().outOctets,
      ifOutUcastPkts: () => face.traffic().outPackets,
      ifOutDiscards: 0,
      ifOutErrors: 0,
    },
  };
}

function storageRow({ name, kind, bytes, usedBytes }: StorageModel, place: number) {
  return {
    index: [place + 1],
    row: {
      hrStorageIndex: place + 1,
      hrStorageType: storageTypes[kind],
      hrStorageDescr: name,
      hrStorageAllocationUnits: allocationUnit,
      hrStorageSize: Math.floor(bytes / allocationUnit),
      hrStorageUsed: Math.floor(usedBytes / allocationUnit),
      hrStorageAllocationFailures: 0,
    },
  };
}

/** RFC 2579 DateAndTime, in UTC. */
function dateAndTime(epochMs: number): Buffer {
  const date = new Date(epochMs);
  const year = date.getUTCFullYear();
  return Buffer.from([
    year >> 8,
    year & 0xff,
    date.getUTCMonth() + 1,
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
    Math.floor(date.getUTCMilliseconds() / 100),
    '+'.charCodeAt(0),
    0,
    0,
  ]);
}
