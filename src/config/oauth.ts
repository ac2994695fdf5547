/** The settings of a sign-in by OAuth 2.0: `mailbox.oauth`, with what each provider needs and what it must not have. */
import * as v from 'valibot';
import { isSecureUrl } from '#base/internet-names.js';
import { choice, list, oneLineText, secretText, section } from '#base/settings-schema.js';
import {
  clientAuthentications,
  type OAuthClient,
  oauthFlows,
  oauthProviderNames,
  oauthProviders,
} from '#vocab/oauth.js';

/** It stands in an address: a domain, a directory's id, or `consumers`, `organizations`, `common`. */
const tenantForm = /^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$/;
/** RFC 6749 §3.3. */
const scopeForm = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

function endpoint(text: string, example: string) {
  const type = 'an address that begins with https:// (http:// only on this machine)';
  return v.pipe(v.string(), v.check(isSecureUrl), v.metadata({ type, text, example }));
}

const entries = {
  provider: choice(oauthProviderNames, {
    text: 'Who signs us in; generic is any other provider, with its endpoints and scopes below.',
    example: 'microsoft',
  }),
  flow: v.optional(
    choice(oauthFlows, {
      text: 'How: with a code entered in a browser anywhere, with a browser on this machine, or as the program itself.',
      default: 'device; with google browser',
      example: 'device',
    }),
  ),
  tenant: v.optional(
    v.pipe(
      v.string(),
      v.regex(tenantForm),
      v.metadata({
        type: "a directory's domain or id, or consumers for accounts of outlook.com",
        text: 'Only with microsoft: whose accounts they are.',
        default: 'required with microsoft',
        inSample: true,
        example: 'example.onmicrosoft.com',
      }),
    ),
  ),
  clientId: oneLineText({
    text: 'What the provider calls this program: the client or application id of its registration.',
    example: '00000000-0000-0000-0000-000000000000',
  }),
  clientSecret: v.optional(
    secretText({
      text: "The client's secret, where its registration has one.",
      default: 'none; required with google and with client-credentials',
      example: '${env:OAUTH_CLIENT_SECRET}',
    }),
  ),
  tokenEndpoint: v.optional(
    endpoint('Only with generic: where tokens come from.', 'https://login.example.com/token'),
  ),
  deviceAuthorizationEndpoint: v.optional(
    endpoint('Only with generic and flow device: where codes come from.', 'https://login.example.com/device'),
  ),
  authorizationEndpoint: v.optional(
    endpoint(
      'Only with generic and flow browser: where people sign in.',
      'https://login.example.com/authorize',
    ),
  ),
  scopes: v.optional(
    list(
      v.pipe(
        v.string(),
        v.regex(scopeForm),
        v.metadata({ type: 'a scope, without spaces', text: 'A scope.' }),
      ),
      {
        text: 'Only with generic: what the access token must be good for, and often offline_access, so that it can be renewed.',
        default: 'required with generic',
        example: '[mail, offline_access]',
      },
    ),
  ),
  clientAuthentication: v.optional(
    choice(clientAuthentications, {
      text: 'Only with generic: how the secret is shown, in the Authorization header field or in the form.',
      default: 'basic',
      example: 'basic',
    }),
  ),
};

const fields = section(
  'Signing in by OAuth 2.0, in the place of a password; docs/oauth.md tells how.',
  entries,
);
type Fields = v.InferOutput<typeof fields>;
type FieldName = keyof Fields;

export interface OAuthRuleBreach {
  field: FieldName;
  /** As it follows "should be". */
  expected: string;
}

export const oauthSection = v.pipe(
  fields,
  v.metadata({ inSample: false }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const input = dataset.value;
    for (const { field, expected } of oauthRuleBreaches(input)) {
      const path = {
        type: 'object',
        origin: 'value',
        input: { ...input },
        key: field,
        value: input[field],
      } as const;
      addIssue({ message: expected, path: [path] });
    }
  }),
  v.transform(clientOf),
);

/** What the provider and the flow demand or forbid. */
export function oauthRuleBreaches(settings: Fields): OAuthRuleBreach[] {
  const { provider } = settings;
  const { flows, title } = oauthProviders[provider];
  const flow = flowOf(settings);
  const breaches: OAuthRuleBreach[] = [];
  const rule = (field: FieldName, wanted: 'required' | 'optional' | 'forbidden', why: string) => {
    const given = settings[field] !== undefined;
    if (wanted === 'required' && !given) breaches.push({ field, expected: `given, for ${why} needs it` });
    if (wanted === 'forbidden' && given)
      breaches.push({ field, expected: `left out, for only ${why} takes it` });
  };
  const onlyIf = (condition: boolean) => (condition ? 'required' : 'forbidden');
  if (!flows.includes(flow)) {
    const reason = `${title} lets no program read mail that signs in otherwise`;
    breaches.push({ field: 'flow', expected: `${flows.join(' or ')} with provider ${provider} (${reason})` });
  }
  const generic = provider === 'generic';
  rule('tenant', onlyIf(provider === 'microsoft'), 'provider microsoft');
  rule('tokenEndpoint', onlyIf(generic), 'provider generic');
  rule('scopes', onlyIf(generic), 'provider generic');
  rule('clientAuthentication', generic ? 'optional' : 'forbidden', 'provider generic');
  rule(
    'deviceAuthorizationEndpoint',
    onlyIf(generic && flow === 'device'),
    'provider generic and flow device',
  );
  rule('authorizationEndpoint', onlyIf(generic && flow === 'browser'), 'provider generic and flow browser');
  if (provider === 'google') rule('clientSecret', 'required', 'provider google');
  if (flow === 'client-credentials') rule('clientSecret', 'required', 'flow client-credentials');
  return breaches;
}

function flowOf({ provider, flow }: Fields) {
  return flow ?? oauthProviders[provider].flows[0] ?? 'device';
}

/** The client that the settings declare, with what we know of its provider. */
function clientOf(settings: Fields): OAuthClient {
  const { provider, tenant = '', clientId, clientSecret } = settings;
  const { tokenEndpoint = '', deviceAuthorizationEndpoint, authorizationEndpoint } = settings;
  const known = oauthProviders[provider];
  const flow = flowOf(settings);
  return {
    ...(known.endpoints?.(tenant) ?? { tokenEndpoint, deviceAuthorizationEndpoint, authorizationEndpoint }),
    flow,
    clientId,
    clientSecret,
    clientAuthentication: settings.clientAuthentication ?? known.clientAuthentication,
    scopes: settings.scopes ?? (flow === 'client-credentials' ? known.clientScopes : known.userScopes),
    redirectHost: known.redirectHost,
    authorizationParameters: known.authorizationParameters,
  };
}
