/** What an SNMP agent counts of its own work, and says of itself (RFC 3418 the snmp group, RFC 3411 §5, RFC 3412 §5, RFC 3414 §5). */
import { engineGroup, mpdStatsGroup, snmpGroup, usmStatsGroup } from './host-objects.js';
import { scalarsPart } from './mib-objects.js';
import type { MibPart } from './mib-view.js';
import type { SnmpEngine } from './snmp-users.js';
import { maxMessageBytes, type ReportCause, reportObjects } from './snmp-v3-message.js';

export interface SnmpStatistics {
  inPackets: number;
  badVersions: number;
  badCommunityNames: number;
  badCommunityUses: number;
  parseErrors: number;
  /** Left unanswered because there was too much of it. */
  silentDrops: number;
  reports: Record<ReportCause, number>;
}

export function newStatistics(): SnmpStatistics {
  const causes = Object.keys(reportObjects) as ReportCause[];
  return {
    inPackets: 0,
    badVersions: 0,
    badCommunityNames: 0,
    badCommunityUses: 0,
    parseErrors: 0,
    silentDrops: 0,
    reports: Object.fromEntries(causes.map((cause) => [cause, 0])) as Record<ReportCause, number>,
  };
}

const authenTrapsDisabled = 2;

export function statisticsParts(statistics: SnmpStatistics, engine: SnmpEngine): MibPart[] {
  const { reports } = statistics;
  return [
    scalarsPart(snmpGroup, {
      snmpInPkts: () => statistics.inPackets,
      snmpInBadVersions: () => statistics.badVersions,
      snmpInBadCommunityNames: () => statistics.badCommunityNames,
      snmpInBadCommunityUses: () => statistics.badCommunityUses,
      snmpInASNParseErrs: () => statistics.parseErrors,
      snmpEnableAuthenTraps: authenTrapsDisabled,
      snmpSilentDrops: () => statistics.silentDrops,
      snmpProxyDrops: 0,
    }),
    scalarsPart(engineGroup, {
      snmpEngineID: engine.id,
      snmpEngineBoots: engine.boots,
      snmpEngineTime: () => engine.time(),
      snmpEngineMaxMessageSize: maxMessageBytes,
    }),
    scalarsPart(mpdStatsGroup, {
      snmpUnknownSecurityModels: () => reports.unknownSecurityModels,
      snmpInvalidMsgs: () => reports.invalidMessages,
      snmpUnknownPDUHandlers: () => reports.unknownPduHandlers,
    }),
    scalarsPart(usmStatsGroup, {
      usmStatsUnsupportedSecLevels: () => reports.unsupportedSecLevels,
      usmStatsNotInTimeWindows: () => reports.notInTimeWindows,
      usmStatsUnknownUserNames: () => reports.unknownUserNames,
      usmStatsUnknownEngineIDs: () => reports.unknownEngineIds,
      usmStatsWrongDigests: () => reports.wrongDigests,
      usmStatsDecryptionErrors: () => reports.decryptionErrors,
    }),
  ];
}
