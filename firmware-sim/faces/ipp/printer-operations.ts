/** The operations on the printer itself: ask what it is, let it show itself, pause and resume it. */
import { groupTags } from '#vocab/ipp-tags.js';
import { attribute, type IppAttribute, keyword, stringValue, stringValues } from '#wire/ipp-message.js';
import type { IppContext, IppRequest, Operation } from './ipp-context.js';
import { templateAttributes } from './job-template.js';
import { mediaColDatabase } from './media.js';
import {
  addressAttributes,
  describePrinter,
  identifyActions,
  statusAttributes,
} from './printer-attributes.js';
import { checkDocumentAttributes } from './receive-document.js';

/** How long the lights blink. */
const identifySeconds = 10;

/** `operationCodes` are all that the face has. */
export function getPrinterAttributes(operationCodes: readonly number[]): Operation {
  let constant: { description: IppAttribute[]; template: IppAttribute[]; database: IppAttribute } | null =
    null;
  return (request, context) => {
    checkDocumentAttributes(request);
    const { device } = context.printer.machine;
    constant ??= {
      description: describePrinter(device, context.identity, operationCodes),
      template: templateAttributes(device),
      database: attribute('media-col-database', ...mediaColDatabase(device)),
    };
    const attributes = choose(request, context, constant);
    return { status: 'successful-ok', groups: [{ tag: groupTags.printer, attributes }] };
  };
}

/** RFC 8011 §4.2.5.1; PWG 5100.11 §6.1: `all` is all but `media-col-database`. */
function choose(
  request: IppRequest,
  context: IppContext,
  constant: { description: IppAttribute[]; template: IppAttribute[]; database: IppAttribute },
): IppAttribute[] {
  const requested = new Set(stringValues(request.operation, 'requested-attributes'));
  const all = requested.size === 0 || requested.has('all');
  const from = (group: string, attributes: readonly IppAttribute[]) =>
    all || requested.has(group) ? attributes : attributes.filter(({ name }) => requested.has(name));
  return [
    ...from('printer-description', constant.description),
    ...from('printer-description', addressAttributes(request)),
    ...from('printer-description', statusAttributes(context)),
    ...from('job-template', constant.template),
    ...(requested.has('media-col-database') ? [constant.database] : []),
  ];
}

/** PWG 5100.13 §4.1. */
export const identifyPrinter: Operation = ({ operation }, { printer }) => {
  const actions = stringValues(operation, 'identify-actions');
  const strange = actions.filter((action) => !identifyActions.includes(action));
  const { machine } = printer;
  machine.dispatch({ type: 'identify', seconds: identifySeconds });
  const message = stringValue(operation, 'message');
  if (actions.includes('display') && message !== undefined)
    machine.dispatch({ type: 'message', text: message });
  if (strange.length === 0) return { status: 'successful-ok' };
  const unsupported = [attribute('identify-actions', ...strange.map(keyword))];
  return {
    status: 'successful-ok-ignored-or-substituted-attributes',
    groups: [{ tag: groupTags.unsupported, attributes: unsupported }],
  };
};

export const pausePrinter: Operation = (_, { printer }) => {
  printer.machine.dispatch({ type: 'offline' });
  return { status: 'successful-ok' };
};

export const resumePrinter: Operation = (_, { printer }) => {
  printer.machine.dispatch({ type: 'online' });
  return { status: 'successful-ok' };
};
