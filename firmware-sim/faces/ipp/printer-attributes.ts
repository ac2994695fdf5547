/** What Get-Printer-Attributes tells (RFC 8011 §5.4; PWG 5100.13 and 5100.14): what the machine is, and how it is now. */
import { enumValues } from '#vocab/ipp-words.js';
import { terminalJobStates } from '#vocab/job-states.js';
import {
  attribute,
  boolean,
  charset,
  dateTime,
  dpi,
  enumeration,
  type IppAttribute,
  type IppValue,
  integer,
  keyword,
  mimeMediaType,
  nameValue,
  naturalLanguage,
  octetString,
  outOfBand,
  range,
  text,
  uri,
} from '#wire/ipp-message.js';
import { type Device, deviceId, hasColour } from '../../device/device.js';
import type { MachineState } from '../../machine/state.js';
import { iconSizes } from './icon.js';
import { type IppContext, type IppRequest, type PrinterIdentity, printerUri, webUri } from './ipp-context.js';
import { templateNames } from './job-template.js';
import { marginValues, mediaReady, mediaSize, sizesOf, sourceOf, typesOf } from './media.js';
import { openJobSeconds } from './open-jobs.js';
import {
  alertKeywords,
  describeAlert,
  printerState,
  printerStateMessage,
  printerStateReasons,
} from './printer-state.js';
import { compressions, documentFormats, octetStream } from './receive-document.js';
import { supplyAttributes, trayAttributes } from './supplies.js';

export const ippVersions = ['1.1', '2.0'];
/** In the order of the registry; the job's states have their own words beside these two. */
export const whichJobs = [
  'completed',
  'not-completed',
  'aborted',
  'all',
  'canceled',
  'pending',
  'pending-held',
  'processing',
  'processing-stopped',
] as const;
export const identifyActions = ['flash', 'display'];

/** PWG rasters in these are taken; what they are printed at is the machine's. */
const rasterResolutionsDpi = [300, 600];
const rasterTypes = ['black_1', 'black_8', 'sgray_8', 'srgb_8', 'srgb_16'];
const colourRasterTypes = ['cmyk_8'];

/** What does not change while the machine is what it is, but for the address by which it is asked. */
export function describePrinter(
  device: Device,
  identity: PrinterIdentity,
  operationCodes: readonly number[],
): IppAttribute[] {
  const colour = hasColour(device);
  const { monoPagesPerMinute, colourPagesPerMinute } = device.speed;
  return [
    attribute('charset-configured', charset('utf-8')),
    attribute('charset-supported', charset('utf-8'), charset('us-ascii')),
    attribute('color-supported', boolean(colour)),
    attribute('compression-supported', ...compressions.map(keyword)),
    attribute('document-format-default', mimeMediaType(octetStream)),
    attribute('document-format-supported', ...documentFormats.map(mimeMediaType)),
    attribute('generated-natural-language-supported', naturalLanguage('en')),
    attribute('identify-actions-default', keyword('flash')),
    attribute('identify-actions-supported', ...identifyActions.map(keyword)),
    attribute('ipp-features-supported', keyword('ipp-everywhere')),
    attribute('ipp-versions-supported', ...ippVersions.map(keyword)),
    attribute(
      'job-creation-attributes-supported',
      ...['ipp-attribute-fidelity', 'job-name', ...templateNames].map(keyword),
    ),
    attribute('job-ids-supported', boolean(true)),
    attribute('job-k-octets-supported', range(0, 2 ** 21)),
    attribute('media-bottom-margin-supported', ...marginValues(device, 'bottom')),
    attribute('media-left-margin-supported', ...marginValues(device, 'left')),
    attribute('media-right-margin-supported', ...marginValues(device, 'right')),
    attribute('media-top-margin-supported', ...marginValues(device, 'top')),
    attribute('media-size-supported', ...sizesOf(device).map(mediaSize)),
    attribute(
      'media-source-supported',
      keyword('auto'),
      ...device.inputs.map((input) => keyword(sourceOf(device, input))),
    ),
    attribute('media-type-supported', ...typesOf(device).map(keyword)),
    attribute('multiple-document-jobs-supported', boolean(true)),
    attribute('multiple-operation-time-out', integer(openJobSeconds)),
    attribute('multiple-operation-time-out-action', keyword('abort-job')),
    attribute('natural-language-configured', naturalLanguage('en')),
    attribute('operations-supported', ...operationCodes.map(enumeration)),
    attribute('pages-per-minute', speed(monoPagesPerMinute)),
    ...(colour ? [attribute('pages-per-minute-color', speed(colourPagesPerMinute))] : []),
    attribute('pdl-override-supported', keyword('attempted')),
    attribute('preferred-attributes-supported', boolean(false)),
    attribute('printer-device-id', text(deviceId(device))),
    attribute('printer-geo-location', outOfBand('unknown')),
    attribute('printer-get-attributes-supported', keyword('document-format')),
    attribute('printer-info', text(identity.name)),
    attribute('printer-location', text(identity.location)),
    attribute('printer-make-and-model', text(`${device.manufacturer} ${device.model} (simulated)`)),
    attribute('printer-name', nameValue(identity.name)),
    attribute('printer-organization', text(identity.organization)),
    attribute('printer-organizational-unit', text('')),
    attribute('printer-uuid', uri(`urn:uuid:${identity.uuid}`)),
    attribute('pwg-raster-document-resolution-supported', ...rasterResolutionsDpi.map((value) => dpi(value))),
    attribute('pwg-raster-document-sheet-back', keyword('normal')),
    attribute(
      'pwg-raster-document-type-supported',
      ...[...rasterTypes, ...(colour ? colourRasterTypes : [])].map(keyword),
    ),
    attribute('which-jobs-supported', ...whichJobs.map(keyword)),
  ];
}

/** The addresses, as the one who asks can reach them. */
export function addressAttributes(request: IppRequest): IppAttribute[] {
  return [
    attribute('printer-icons', ...iconSizes.map((size) => uri(webUri(request, `/icon-${size}.png`)))),
    attribute('printer-more-info', uri(webUri(request, '/'))),
    attribute('printer-supply-info-uri', uri(webUri(request, '/'))),
    attribute('printer-uri-supported', uri(printerUri(request))),
    attribute('uri-authentication-supported', keyword('requesting-user-name')),
    attribute('uri-security-supported', keyword('none')),
  ];
}

/** How the machine is: the same as long as its state is. */
export function stateAttributes(device: Device, state: MachineState): IppAttribute[] {
  const ready = mediaReady(device, state);
  const alerts = state.alerts.flatMap((alert) => {
    const keywords = alertKeywords(alert);
    return keywords === null ? [] : [{ keywords, description: describeAlert(device, alert) }];
  });
  return [
    ...some('media-col-ready', ready.cols),
    ...some('media-ready', ready.names),
    ...some(
      'printer-alert',
      alerts.map(({ keywords }) => octetString(Buffer.from(keywords))),
    ),
    ...some(
      'printer-alert-description',
      alerts.map(({ description }) => text(description)),
    ),
    attribute('printer-is-accepting-jobs', boolean(true)),
    attribute('printer-media-sheets-completed', integer(state.counters.sheets)),
    attribute('printer-state', enumeration(enumValues['printer-state'][printerState(state)])),
    attribute('printer-state-message', text(printerStateMessage(device, state))),
    attribute('printer-state-reasons', ...printerStateReasons(state).map(keyword)),
    ...supplyAttributes(device, state),
    ...trayAttributes(device, state),
  ];
}

/** What is otherwise each time. */
export function momentAttributes({ printer, stateClock, clock }: IppContext): IppAttribute[] {
  const { configChangedAt, stateChangedAt } = stateClock;
  const waiting = printer.queue.list().filter(({ state }) => !terminalJobStates.has(state));
  return [
    attribute('printer-config-change-date-time', dateTime(configChangedAt)),
    attribute('printer-config-change-time', integer(stateClock.secondsAt(configChangedAt))),
    attribute('printer-current-time', dateTime(clock.now())),
    attribute('printer-impressions-completed', integer(printer.machine.pageCounter)),
    attribute('printer-state-change-date-time', dateTime(stateChangedAt)),
    attribute('printer-state-change-time', integer(stateClock.secondsAt(stateChangedAt))),
    attribute('printer-up-time', integer(stateClock.upTime())),
    attribute('queued-job-count', integer(waiting.length)),
  ];
}

/** An attribute has at least one value; without any it is left out. */
function some(name: string, values: IppValue[]): IppAttribute[] {
  return values.length === 0 ? [] : [attribute(name, ...values)];
}

/** A machine may be as fast as it can. */
function speed(pagesPerMinute: number): IppValue {
  return integer(Math.min(Math.ceil(pagesPerMinute), 2 ** 31 - 1));
}
