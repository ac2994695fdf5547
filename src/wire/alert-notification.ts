/** The Printer MIB's notification (RFC 3805 printerV2Alert): a row came into the alert table, or went from it. */
import { alertCodes, alertGroups } from '#vocab/printer-mib.js';
import { parseOid } from './ber.js';
import { printerDevice } from './host-view.js';
import type { AlertModel } from './printer-model.js';
import { alertTable } from './printer-objects.js';
import { alertSeverities, conditionOf } from './printer-status.js';
import type { SnmpNotification } from './snmp-notification.js';
import { integer } from './snmp-values.js';

const printerV2Alert = parseOid('1.3.6.1.2.1.43.18.2.0.1');
const unknownLocation = -2;

export function alertNotification(alert: AlertModel, uptimeMs: number): SnmpNotification {
  const { alert: row, severity } = conditionOf(alert);
  return notification(alert.index, uptimeMs, {
    prtAlertIndex: alert.index,
    prtAlertSeverityLevel: alertSeverities[severity],
    prtAlertGroup: row === null ? 1 : alertGroups[row.group],
    prtAlertGroupIndex: alert.unit ?? -1,
    prtAlertLocation: unknownLocation,
    prtAlertCode: row === null ? alertCodes.other : alertCodes[row.code],
  });
}

/** IANA-PRINTER-MIB alertRemovalOfBinaryChangeEntry. Ours: it is told, but no row of its own is added to the table. */
export function clearedNotification(index: number, uptimeMs: number): SnmpNotification {
  return notification(index, uptimeMs, {
    prtAlertIndex: index,
    prtAlertSeverityLevel: alertSeverities.report,
    prtAlertGroup: alertGroups.alert,
    prtAlertGroupIndex: index,
    prtAlertLocation: unknownLocation,
    prtAlertCode: alertCodes.alertRemovalOfBinaryChangeEntry,
  });
}

/** In the order of the notification's OBJECTS clause. */
type AlertObjects = Record<
  Extract<
    keyof typeof alertTable.objects,
    | 'prtAlertIndex'
    | 'prtAlertSeverityLevel'
    | 'prtAlertGroup'
    | 'prtAlertGroupIndex'
    | 'prtAlertLocation'
    | 'prtAlertCode'
  >,
  number
>;

function notification(index: number, uptimeMs: number, objects: AlertObjects): SnmpNotification {
  const bindings = Object.entries(objects).map(([name, value]) => {
    const [number] = alertTable.objects[name as keyof AlertObjects];
    return { oid: [...alertTable.base, number, printerDevice, index], value: integer(value) };
  });
  return { name: printerV2Alert, uptimeMs, bindings };
}
