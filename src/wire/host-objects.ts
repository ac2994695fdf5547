/** The objects of MIB-II, Host Resources and SNMP's own MIBs that every agent of ours answers. */
import { parseOid } from './ber.js';
import type { ObjectGroup } from './mib-objects.js';

/** RFC 3418, the system group. */
export const systemGroup = {
  base: parseOid('1.3.6.1.2.1.1'),
  objects: {
    sysDescr: [1, 'octets'],
    sysObjectID: [2, 'oid'],
    sysUpTime: [3, 'ticks'],
    sysContact: [4, 'octets'],
    sysName: [5, 'octets'],
    sysLocation: [6, 'octets'],
    sysServices: [7, 'integer'],
  },
} as const satisfies ObjectGroup;

/** RFC 2863. */
export const interfacesGroup = {
  base: parseOid('1.3.6.1.2.1.2'),
  objects: {
    ifNumber: [1, 'integer'],
  },
} as const satisfies ObjectGroup;

/** RFC 2863: interface. Without what it deprecates. */
export const interfaceTable = {
  base: parseOid('1.3.6.1.2.1.2.2.1'),
  objects: {
    ifIndex: [1, 'integer'],
    ifDescr: [2, 'octets'],
    ifType: [3, 'integer'],
    ifMtu: [4, 'integer'],
    ifSpeed: [5, 'gauge'],
    ifPhysAddress: [6, 'octets'],
    ifAdminStatus: [7, 'integer'],
    ifOperStatus: [8, 'integer'],
    ifLastChange: [9, 'ticks'],
    ifInOctets: [10, 'counter'],
    ifInUcastPkts: [11, 'counter'],
    ifInDiscards: [13, 'counter'],
    ifInErrors: [14, 'counter'],
    ifInUnknownProtos: [15, 'counter'],
    ifOutOctets: [16, 'counter'],
    ifOutUcastPkts: [17, 'counter'],
    ifOutDiscards: [19, 'counter'],
    ifOutErrors: [20, 'counter'],
  },
} as const satisfies ObjectGroup;

/** RFC 3418, the snmp group. */
export const snmpGroup = {
  base: parseOid('1.3.6.1.2.1.11'),
  objects: {
    snmpInPkts: [1, 'counter'],
    snmpInBadVersions: [3, 'counter'],
    snmpInBadCommunityNames: [4, 'counter'],
    snmpInBadCommunityUses: [5, 'counter'],
    snmpInASNParseErrs: [6, 'counter'],
    snmpEnableAuthenTraps: [30, 'integer'],
    snmpSilentDrops: [31, 'counter'],
    snmpProxyDrops: [32, 'counter'],
  },
} as const satisfies ObjectGroup;

/** RFC 2790, of the host as a whole. */
export const hostSystemGroup = {
  base: parseOid('1.3.6.1.2.1.25.1'),
  objects: {
    hrSystemUptime: [1, 'ticks'],
    hrSystemDate: [2, 'octets'],
  },
} as const satisfies ObjectGroup;

/** RFC 2790. */
export const hostStorageGroup = {
  base: parseOid('1.3.6.1.2.1.25.2'),
  objects: {
    hrMemorySize: [2, 'integer'],
  },
} as const satisfies ObjectGroup;

/** RFC 2790: storage. */
export const storageTable = {
  base: parseOid('1.3.6.1.2.1.25.2.3.1'),
  objects: {
    hrStorageIndex: [1, 'integer'],
    hrStorageType: [2, 'oid'],
    hrStorageDescr: [3, 'octets'],
    hrStorageAllocationUnits: [4, 'integer'],
    hrStorageSize: [5, 'integer'],
    hrStorageUsed: [6, 'integer'],
    hrStorageAllocationFailures: [7, 'counter'],
  },
} as const satisfies ObjectGroup;

/** RFC 2790, hrDevicePrinter. */
export const deviceTypePrinter = parseOid('1.3.6.1.2.1.25.3.1.5');

/** RFC 2790: device. */
export const deviceTable = {
  base: parseOid('1.3.6.1.2.1.25.3.2.1'),
  objects: {
    hrDeviceIndex: [1, 'integer'],
    hrDeviceType: [2, 'oid'],
    hrDeviceDescr: [3, 'octets'],
    hrDeviceID: [4, 'oid'],
    hrDeviceStatus: [5, 'integer'],
    hrDeviceErrors: [6, 'counter'],
  },
} as const satisfies ObjectGroup;

/** RFC 2790: device. */
export const printerTable = {
  base: parseOid('1.3.6.1.2.1.25.3.5.1'),
  objects: {
    hrPrinterStatus: [1, 'integer'],
    hrPrinterDetectedErrorState: [2, 'octets'],
  },
} as const satisfies ObjectGroup;

/** RFC 3411, snmpEngine. */
export const engineGroup = {
  base: parseOid('1.3.6.1.6.3.10.2.1'),
  objects: {
    snmpEngineID: [1, 'octets'],
    snmpEngineBoots: [2, 'integer'],
    snmpEngineTime: [3, 'integer'],
    snmpEngineMaxMessageSize: [4, 'integer'],
  },
} as const satisfies ObjectGroup;

/** RFC 3414, usmStats. */
export const usmStatsGroup = {
  base: parseOid('1.3.6.1.6.3.15.1.1'),
  objects: {
    usmStatsUnsupportedSecLevels: [1, 'counter'],
    usmStatsNotInTimeWindows: [2, 'counter'],
    usmStatsUnknownUserNames: [3, 'counter'],
    usmStatsUnknownEngineIDs: [4, 'counter'],
    usmStatsWrongDigests: [5, 'counter'],
    usmStatsDecryptionErrors: [6, 'counter'],
  },
} as const satisfies ObjectGroup;

/** RFC 3412, snmpMPDStats. */
export const mpdStatsGroup = {
  base: parseOid('1.3.6.1.6.3.11.2.1'),
  objects: {
    snmpUnknownSecurityModels: [1, 'counter'],
    snmpInvalidMsgs: [2, 'counter'],
    snmpUnknownPDUHandlers: [3, 'counter'],
  },
} as const satisfies ObjectGroup;
