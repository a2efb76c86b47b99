import type { ParameterSet } from './parameters.ts';

/** How a server can ask for a login, in the words of libpq's `require_auth`. */
export type AuthMethod = 'password' | 'md5' | 'gss' | 'sspi' | 'scram-sha-256' | 'oauth' | 'none';

export type ChannelBinding = 'disable' | 'prefer' | 'require';

const METHODS: readonly AuthMethod[] = ['password', 'md5', 'gss', 'sspi', 'scram-sha-256', 'oauth', 'none'];

/** What the user demands of the login (libpq's `require_auth` and `channel_binding`); plain data. */
export interface AuthPolicy {
  /** The methods that are acceptable; `none` among them where the server need not ask for a login at all. */
  readonly methods: readonly AuthMethod[];
  readonly channelBinding: ChannelBinding;
}

export function resolveAuthPolicy(parameters: ParameterSet): AuthPolicy {
  return {
    methods: parseRequireAuth(parameters),
    channelBinding: parameters.choice('channel_binding', ['disable', 'prefer', 'require'], 'prefer'),
  };
}

/** `a,b` allows these methods alone; `!a,!b` allows all others. A doubled or mixed list is an error, as in libpq. */
function parseRequireAuth(parameters: ParameterSet): AuthMethod[] {
  const text = parameters.get('require_auth');
  if (text === undefined) return [...METHODS];
  const words = text.split(',');
  const negated = words.filter((word) => word.startsWith('!')).length;
  if (negated > 0 && negated < words.length) {
    throw parameters.invalid('require_auth', 'methods with and without "!" cannot be mixed');
  }
  const named = words.map((word) => word.replace(/^!/, ''));
  for (const [index, word] of named.entries()) {
    if (!METHODS.some((method) => method === word)) {
      throw parameters.invalid('require_auth', `expected ${METHODS.join(', ')}`);
    }
    if (named.indexOf(word) !== index)
      throw parameters.invalid('require_auth', `"${word}" stands there twice`);
  }
  return METHODS.filter((method) => named.includes(method) === (negated === 0));
}
