/** A client that speaks IPP over HTTP, with requests as tests want them. */
import { groupTags } from '#vocab/ipp-tags.js';
import { type OperationName, operations, statusName } from '#vocab/ipp-words.js';
import { decodeIpp } from '#wire/ipp-decoder.js';
import { encodeIpp } from '#wire/ipp-encoder.js';
import {
  attribute,
  charset,
  findAttribute,
  type IppAttribute,
  type IppGroup,
  type IppMessage,
  nameValue,
  naturalLanguage,
  uri,
} from '#wire/ipp-message.js';

export interface IppReply {
  status: string | undefined;
  message: IppMessage;
  /** Of the groups with this tag, in order. */
  groups(tag: keyof typeof groupTags): readonly IppAttribute[][];
}

export class IppClient {
  readonly #port: number;
  readonly #user: string;

  constructor(port: number, user = 'anna') {
    this.#port = port;
    this.#user = user;
  }

  /** `operation` and `job` are added to what every request has. */
  request(
    name: OperationName,
    { operation = [], job = [] }: { operation?: IppAttribute[]; job?: IppAttribute[] } = {},
  ): IppMessage {
    const groups: IppGroup[] = [
      {
        tag: groupTags.operation,
        attributes: [
          attribute('attributes-charset', charset('utf-8')),
          attribute('attributes-natural-language', naturalLanguage('en')),
          attribute('printer-uri', uri(`ipp://localhost:${this.#port}/ipp/print`)),
          attribute('requesting-user-name', nameValue(this.#user)),
          ...operation,
        ],
      },
    ];
    if (job.length > 0) groups.push({ tag: groupTags.job, attributes: job });
    return { version: [2, 0], code: operations[name], requestId: 1, groups };
  }

  async ask(
    name: OperationName,
    attributes: { operation?: IppAttribute[]; job?: IppAttribute[] } = {},
    document: Uint8Array | string = '',
  ): Promise<IppReply> {
    return this.send(this.request(name, attributes), document);
  }

  async send(request: IppMessage, document: Uint8Array | string = ''): Promise<IppReply> {
    const response = await this.post(Buffer.concat([encodeIpp(request), Buffer.from(document)]));
    const { message } = decodeIpp(new Uint8Array(await response.arrayBuffer()));
    return {
      status: statusName(message.code),
      message,
      groups: (tag) =>
        message.groups.filter((group) => group.tag === groupTags[tag]).map(({ attributes }) => attributes),
    };
  }

  post(body: Uint8Array, path = '/ipp/print'): Promise<Response> {
    const headers = { 'content-type': 'application/ipp' };
    return fetch(`http://127.0.0.1:${this.#port}${path}`, { method: 'POST', headers, body });
  }
}

/** The values of an attribute as plain words and numbers. */
export function plain(attributes: readonly IppAttribute[] | undefined, name: string): unknown[] {
  const values = findAttribute(attributes, name)?.values ?? [];
  return values.map((value) => ('value' in value ? value.value : value));
}
