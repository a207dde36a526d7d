import type {
  OAuthClientInformationContext,
  OAuthClientMetadata,
  OAuthClientProvider,
  StoredOAuthClientInformation,
  StoredOAuthTokens,
} from '@modelcontextprotocol/client'

const redirectUrl = 'http://localhost:3000/callback'

/** An OAuth client whose user agrees at once: `answer()` is what the browser would have been redirected with. */
export interface AgreeingProvider extends OAuthClientProvider {
  answer(): URLSearchParams | undefined
}

/** Kept in memory, by issuer, as a real one would keep it on disk. */
export const agreeingProvider = (known?: StoredOAuthClientInformation): AgreeingProvider => {
  const clients = new Map<string, StoredOAuthClientInformation>()
  const tokens = new Map<string, StoredOAuthTokens>()
  let lastTokens: StoredOAuthTokens | undefined
  let verifier = ''
  let answer: URLSearchParams | undefined
  const clientMetadata: OAuthClientMetadata = {
    client_name: 'ashlar-conformance',
    redirect_uris: [redirectUrl],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_post',
  }
  const keyOf = (context?: OAuthClientInformationContext): string => context?.issuer ?? ''
  return {
    redirectUrl,
    clientMetadata,
    clientMetadataUrl: 'https://conformance-test.local/client-metadata.json',
    clientInformation: (context) => known ?? clients.get(keyOf(context)),
    saveClientInformation: (information, context) => void clients.set(keyOf(context), information),
    tokens: (context) => (context ? tokens.get(keyOf(context)) : lastTokens),
    saveTokens: (saved, context) => {
      lastTokens = saved
      tokens.set(keyOf(context), saved)
    },
    saveCodeVerifier: (saved) => void (verifier = saved),
    codeVerifier: () => verifier,
    invalidateCredentials: (scope) => {
      if (scope === 'all' || scope === 'client') clients.clear()
      if (scope === 'all' || scope === 'tokens') {
        tokens.clear()
        lastTokens = undefined
      }
    },
    redirectToAuthorization: async (url) => {
      const response = await fetch(url, { redirect: 'manual' })
      const location = response.headers.get('location')
      answer = location === null ? undefined : new URL(location).searchParams
    },
    answer: () => {
      const given = answer
      answer = undefined
      return given
    },
  }
}
