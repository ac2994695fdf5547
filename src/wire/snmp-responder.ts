/** An SNMP agent without its socket: a datagram in, the answer out, and everything counted. Nothing can be written through it. */
import { errorCode } from '#base/errors.js';
import type { BerReader } from './ber.js';
import { berTags } from './ber.js';
import type { MibView } from './mib-view.js';
import { type AnswerRules, answerRequest } from './snmp-answer.js';
import {
  type CommunityVersion,
  communityOverhead,
  encodeCommunityMessage,
  openMessage,
} from './snmp-community.js';
import { decodeRequest, encodeAnswer, type SnmpRequest } from './snmp-pdu.js';
import { newStatistics, type SnmpStatistics } from './snmp-statistics.js';
import type { SnmpEngine, SnmpUser } from './snmp-users.js';
import { openV3, v3Overhead } from './snmp-v3.js';
import { maxMessageBytes } from './snmp-v3-message.js';

/** A GETBULK's answer fits one Ethernet frame (RFC 3417 §3.2), so that nobody makes much of little. */
const maxBulkMessageBytes = 1472;

export interface ResponderOptions {
  engine: SnmpEngine;
  /** Who may read in the versions 1 and 2c; nobody when there is none. */
  communities: readonly string[];
  users: readonly SnmpUser[];
  /** Asked for at each request, so that it may be made anew when the machine has changed. */
  view: () => MibView;
}

export class SnmpResponder {
  readonly #options: ResponderOptions;
  readonly #communities: readonly Buffer[];
  readonly statistics: SnmpStatistics = newStatistics();

  constructor(options: ResponderOptions) {
    this.#options = options;
    this.#communities = options.communities.map((community) => Buffer.from(community));
  }

  /** Null when there is nothing to say. Throws only on a mistake of ours. */
  receive(datagram: Buffer): Buffer | null {
    const { statistics } = this;
    statistics.inPackets++;
    if (datagram.length > maxMessageBytes) {
      statistics.silentDrops++;
      return null;
    }
    try {
      const opened = openMessage(datagram);
      if (opened === null) {
        statistics.badVersions++;
        return null;
      }
      const { version, rest } = opened;
      return version === '3' ? this.#receiveV3(datagram, rest) : this.#receiveCommunity(version, rest);
    } catch (error) {
      if (!malformedCodes.has(errorCode(error))) throw error;
      statistics.parseErrors++;
      return null;
    }
  }

  #receiveCommunity(version: CommunityVersion, rest: BerReader): Buffer | null {
    const { statistics } = this;
    const community = rest.contents(berTags.octets);
    if (!this.#communities.some((known) => known.equals(community))) {
      statistics.badCommunityNames++;
      return null;
    }
    const request = decodeRequest(rest);
    if (request.type === 'set') statistics.badCommunityUses++;
    const overhead = communityOverhead + community.length;
    const answer = answerRequest(this.#options.view(), request, {
      version1: version === '1',
      maxBindingBytes: maxMessageBytes - overhead,
      maxBulkBytes: maxBulkMessageBytes - overhead,
    });
    return answer && encodeCommunityMessage(version, community, encodeAnswer(answer));
  }

  #receiveV3(datagram: Buffer, rest: BerReader): Buffer | null {
    const { engine, users } = this.#options;
    const opened = openV3(datagram, rest, engine, users);
    if ('cause' in opened) {
      const count = ++this.statistics.reports[opened.cause];
      return opened.report?.(count) ?? null;
    }
    const answer = this.#answerV3(opened.request, opened.maxMessageBytes, opened.user);
    return answer && opened.reply(answer);
  }

  #answerV3(request: SnmpRequest, theirMaxBytes: number, { name }: SnmpUser) {
    const overhead = v3Overhead + Buffer.byteLength(name);
    const rules: AnswerRules = {
      version1: false,
      maxBindingBytes: Math.min(maxMessageBytes, theirMaxBytes) - overhead,
      maxBulkBytes: Math.min(maxBulkMessageBytes, theirMaxBytes) - overhead,
    };
    return answerRequest(this.#options.view(), request, rules);
  }
}

const malformedCodes = new Set(['ber-malformed', 'snmp-no-request']);
