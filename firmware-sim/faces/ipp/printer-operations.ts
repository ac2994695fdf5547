/** The operations on the printer itself: ask what it is, let it show itself, pause and resume it. */
import { groupTags } from '#vocab/ipp-tags.js';
import { encodeAttributes } from '#wire/ipp-encoder.js';
import {
  attribute,
  type IppAttribute,
  type IppGroup,
  keyword,
  stringValue,
  stringValues,
} from '#wire/ipp-message.js';
import type { MachineState } from '../../machine/state.js';
import type { IppContext, IppRequest, Operation } from './ipp-context.js';
import { templateAttributes } from './job-template.js';
import { mediaColDatabase } from './media.js';
import {
  addressAttributes,
  describePrinter,
  identifyActions,
  momentAttributes,
  stateAttributes,
} from './printer-attributes.js';
import { checkDocumentAttributes } from './receive-document.js';

/** How long the lights blink. */
const identifySeconds = 10;

/** What stays as it is while the printer runs. */
interface Constant {
  description: IppAttribute[];
  template: IppAttribute[];
  database: IppAttribute;
  /** Of `description` and `template`, which most clients ask for. */
  encoded: Buffer;
  /** With those of the machine's state behind it, for as long as it is in this one. */
  ofState: { state: MachineState; bytes: Buffer } | null;
}

/** `operationCodes` are all that the face has. */
export function getPrinterAttributes(operationCodes: readonly number[]): Operation {
  let constant: Constant | null = null;
  return (request, context) => {
    checkDocumentAttributes(request);
    constant ??= readConstant(context, operationCodes);
    return { status: 'successful-ok', groups: [choose(request, context, constant)] };
  };
}

function readConstant({ printer, identity }: IppContext, operationCodes: readonly number[]): Constant {
  const { device } = printer.machine;
  const description = describePrinter(device, identity, operationCodes);
  const template = templateAttributes(device);
  const database = attribute('media-col-database', ...mediaColDatabase(device));
  return {
    description,
    template,
    database,
    encoded: encodeAttributes([...description, ...template]),
    ofState: null,
  };
}

/** RFC 8011 §4.2.5.1; PWG 5100.11 §6.1: `all` is all but `media-col-database`. */
function choose(request: IppRequest, context: IppContext, constant: Constant): IppGroup {
  const requested = new Set(stringValues(request.operation, 'requested-attributes'));
  const database = requested.has('media-col-database') ? [constant.database] : [];
  const { device, state } = context.printer.machine;
  const changing = [...addressAttributes(request), ...momentAttributes(context)];
  if (requested.size === 0 || requested.has('all')) {
    if (constant.ofState?.state !== state) {
      const bytes = encodeAttributes(stateAttributes(device, state));
      constant.ofState = { state, bytes: Buffer.concat([constant.encoded, bytes]) };
    }
    return {
      tag: groupTags.printer,
      encoded: constant.ofState.bytes,
      attributes: [...changing, ...database],
    };
  }
  const from = (group: string, attributes: readonly IppAttribute[]) =>
    requested.has(group) ? attributes : attributes.filter(({ name }) => requested.has(name));
  const attributes = [
    ...from('printer-description', constant.description),
    ...from('printer-description', [...changing, ...stateAttributes(device, state)]),
    ...from('job-template', constant.template),
    ...database,
  ];
  return { tag: groupTags.printer, attributes };
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
